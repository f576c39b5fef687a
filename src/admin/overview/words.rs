//! The words of the area "overview".

use crate::admin::lang::Lang;

pub struct Words {
    pub title: &'static str,
}

const RU: Words = Words {
    title: "Обзор"
};

const EN: Words = Words { title: "Overview" };

pub fn words(lang: Lang) -> &'static Words {
    lang.of(&RU, &EN)
}

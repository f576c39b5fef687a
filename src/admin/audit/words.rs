//! The words of the area "audit".

use crate::admin::lang::Lang;

pub struct Words {
    pub title: &'static str,
}

const RU: Words = Words {
    title: "Сверка"
};

const EN: Words = Words { title: "Audit" };

pub fn words(lang: Lang) -> &'static Words {
    lang.of(&RU, &EN)
}

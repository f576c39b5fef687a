//! The words of the area "users".

use crate::admin::lang::Lang;

pub struct Words {
    pub title: &'static str,
}

const RU: Words = Words {
    title: "Пользователи",
};

const EN: Words = Words { title: "Users" };

pub fn words(lang: Lang) -> &'static Words {
    lang.of(&RU, &EN)
}

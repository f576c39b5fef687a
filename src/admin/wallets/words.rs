//! The words of the area "wallets".

use crate::admin::lang::Lang;

pub struct Words {
    pub title: &'static str,
}

const RU: Words = Words {
    title: "Кошельки"
};

const EN: Words = Words { title: "Wallets" };

pub fn words(lang: Lang) -> &'static Words {
    lang.of(&RU, &EN)
}

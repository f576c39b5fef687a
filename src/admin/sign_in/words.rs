//! The words of the sign-in page.

use crate::admin::lang::Lang;

pub struct Words {
    pub title: &'static str,
    pub lead: &'static str,
    pub username: &'static str,
    pub password: &'static str,
    pub sign_in: &'static str,
    pub refused: &'static str,
}

const RU: Words = Words {
    title: "Вход",
    lead: "Рабочее место сотрудника",
    username: "Имя пользователя",
    password: "Пароль",
    sign_in: "Войти",
    refused: "Имя пользователя или пароль неверны.",
};

const EN: Words = Words {
    title: "Sign in",
    lead: "Staff workplace",
    username: "Username",
    password: "Password",
    sign_in: "Sign in",
    refused: "The username or the password is wrong.",
};

pub fn words(lang: Lang) -> &'static Words {
    lang.of(&RU, &EN)
}

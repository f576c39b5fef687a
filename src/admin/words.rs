//! The words around every page, and of its errors.

use super::lang::Lang;

/// Of the frame.
pub struct Words {
    pub product: &'static str,
    pub skip: &'static str,
    pub menu: &'static str,
    pub overview: &'static str,
    pub users: &'static str,
    pub wallets: &'static str,
    pub audit: &'static str,
    pub signed_in_as: &'static str,
    pub sign_out: &'static str,
    pub language: &'static str,
    pub theme: &'static str,
    /// By [`super::page::Theme`].
    pub theme_auto: &'static str,
    pub theme_light: &'static str,
    pub theme_dark: &'static str,
    pub home: &'static str,
    pub done: &'static str,
    pub refused: &'static str,
}

const RU: Words = Words {
    product: "Wallet Engine",
    skip: "К содержанию",
    menu: "Разделы",
    overview: "Обзор",
    users: "Пользователи",
    wallets: "Кошельки",
    audit: "Сверка",
    signed_in_as: "Вы вошли как",
    sign_out: "Выйти",
    language: "Язык",
    theme: "Оформление",
    theme_auto: "Как в системе",
    theme_light: "Светлое",
    theme_dark: "Тёмное",
    home: "На главную",
    done: "Готово",
    refused: "Отказ",
};

const EN: Words = Words {
    product: "Wallet Engine",
    skip: "Skip to content",
    menu: "Sections",
    overview: "Overview",
    users: "Users",
    wallets: "Wallets",
    audit: "Audit",
    signed_in_as: "Signed in as",
    sign_out: "Sign out",
    language: "Language",
    theme: "Theme",
    theme_auto: "Follow the system",
    theme_light: "Light",
    theme_dark: "Dark",
    home: "Go to the overview",
    done: "Done",
    refused: "Refused",
};

#[must_use]
pub fn words(lang: Lang) -> &'static Words {
    lang.of(&RU, &EN)
}

/// Of each error: its title, and what it means to the reader.
pub struct ErrorWords {
    pub malformed: (&'static str, &'static str),
    pub forbidden: (&'static str, &'static str),
    pub not_admitted: (&'static str, &'static str),
    pub forged: (&'static str, &'static str),
    /// The site of the page is put behind the text, and the one that it was sent to behind the last.
    pub foreign: (&'static str, &'static str, &'static str),
    pub not_found: (&'static str, &'static str),
    pub method: (&'static str, &'static str),
    /// The time is put behind the text.
    pub too_many_attempts: (&'static str, &'static str),
    pub failed: (&'static str, &'static str),
    pub unavailable: (&'static str, &'static str),
}

const ERRORS_RU: ErrorWords = ErrorWords {
    malformed: (
        "Запрос не разобран",
        "Форма пришла неполной или испорченной. Вернитесь на страницу и отправьте её ещё раз.",
    ),
    forbidden: ("Доступ закрыт", "У вас нет права на это действие."),
    not_admitted: (
        "Доступ закрыт",
        "Эта учётная запись отключена или не принадлежит сотруднику.",
    ),
    forged: (
        "Форма не принята",
        "Она отправлена с чужой страницы или устарела. Ничего не изменено. Откройте страницу заново и повторите.",
    ),
    foreign: (
        "Форма не принята",
        "Ничего не изменено: форма отправлена со страницы другого сайта. Если это ваш обычный адрес, сообщите администратору: прокси должен передавать имя, под которым его спросили. Страница открыта на",
        "а форма пришла на",
    ),
    not_found: (
        "Страница не найдена",
        "По этому адресу ничего нет. Возможно, запись удалена или адрес набран с ошибкой.",
    ),
    method: (
        "Так эту страницу не запрашивают",
        "Откройте её по ссылке из меню.",
    ),
    too_many_attempts: (
        "Слишком много попыток входа",
        "Вход временно закрыт. Повторите попытку после",
    ),
    failed: (
        "Что-то пошло не так",
        "Ошибка записана в журнал. Попробуйте ещё раз, а если она повторится — сообщите администратору.",
    ),
    unavailable: (
        "Сервис временно недоступен",
        "База данных не отвечает или движок перегружен. Обновите страницу через несколько секунд.",
    ),
};

const ERRORS_EN: ErrorWords = ErrorWords {
    malformed: (
        "The request was not understood",
        "The form arrived incomplete or damaged. Go back to the page and send it again.",
    ),
    forbidden: ("No access", "You have no right to do this."),
    not_admitted: (
        "No access",
        "This account is deactivated or does not belong to the staff.",
    ),
    forged: (
        "The form was not accepted",
        "It was sent from a foreign page or is out of date. Nothing was changed. Open the page again and repeat.",
    ),
    foreign: (
        "The form was not accepted",
        "Nothing was changed: the form was sent from a page of another site. If this is your usual address, tell the administrator: the proxy has to pass on the name that it was asked by. The page is open at",
        "and the form arrived at",
    ),
    not_found: (
        "Page not found",
        "There is nothing at this address. The record may be gone, or the address mistyped.",
    ),
    method: (
        "This page is not asked for like that",
        "Open it from the menu.",
    ),
    too_many_attempts: (
        "Too many attempts to sign in",
        "Signing in is closed for a while. Try again after",
    ),
    failed: (
        "Something went wrong",
        "The error is in the log. Try again; if it comes back, tell the administrator.",
    ),
    unavailable: (
        "The service is unavailable for the moment",
        "The database does not answer or the engine is overloaded. Reload the page in a few seconds.",
    ),
};

#[must_use]
pub fn errors(lang: Lang) -> &'static ErrorWords {
    lang.of(&ERRORS_RU, &ERRORS_EN)
}

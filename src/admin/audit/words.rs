//! The words of the area "audit".

use crate::admin::lang::Lang;
use crate::storage::admin::AuditState;

pub struct Words {
    pub title: &'static str,
    pub lead: &'static str,
    pub begin: &'static str,
    pub already_runs: &'static str,
    pub never: &'static str,
    pub last: &'static str,
    pub progress: &'static str,
    pub running: &'static str,
    pub interrupted: &'static str,
    pub interrupted_why: &'static str,
    pub failed: &'static str,
    pub agrees: &'static str,
    pub agrees_why: &'static str,
    pub has_breaches: &'static str,
    pub breaches_why: &'static str,
    pub users: &'static str,
    pub wallets: &'static str,
    pub operations: &'static str,
    pub breaches: &'static str,
    pub began: &'static str,
    pub ended: &'static str,
    pub last_seen: &'static str,
    pub by: &'static str,
    pub result: &'static str,
    pub wallet: &'static str,
    pub breach: &'static str,
    pub first_of: &'static str,
    pub earlier: &'static str,
}

const RU: Words = Words {
    title: "Сверка",
    lead: "Сверка проходит по всем кошелькам: баланс и версия должны следовать из операций, в нумерации операций не должно быть пропусков, а у каждого пользователя должен быть свой кошелёк. Ничего не изменяется; на большой базе это занимает минуты и нагружает её чтением.",
    begin: "Начать сверку",
    already_runs: "Сверка уже идёт, вторая не начата.",
    never: "Сверок ещё не было.",
    last: "Последняя сверка",
    progress: "Пройдено",
    running: "Идёт",
    interrupted: "Прервана",
    interrupted_why: "Движок, на котором она шла, остановился. Начните её заново.",
    failed: "Ошибка",
    agrees: "Всё сходится",
    agrees_why: "Каждый кошелёк сходится со своими операциями.",
    has_breaches: "Есть расхождения",
    breaches_why: "Эти записи противоречат друг другу. Сами собой они не исправляются: сообщите администратору базы.",
    users: "Пользователи",
    wallets: "Кошельки",
    operations: "Операции",
    breaches: "Расхождения",
    began: "Начата (UTC)",
    ended: "Окончена (UTC)",
    last_seen: "Последняя весть (UTC)",
    by: "Кто начал",
    result: "Итог",
    wallet: "Кошелёк",
    breach: "Расхождение",
    first_of: "Показаны первые из них.",
    earlier: "Прежние сверки",
};

const EN: Words = Words {
    title: "Audit",
    lead: "An audit goes through all wallets: balance and version must follow from the operations, their numbering must have no gaps, and every user must have a wallet of their own. Nothing is changed; on a large database it takes minutes and makes it read a lot.",
    begin: "Begin an audit",
    already_runs: "An audit is running, so no second one was begun.",
    never: "There was no audit yet.",
    last: "Last audit",
    progress: "Done",
    running: "Running",
    interrupted: "Interrupted",
    interrupted_why: "The engine that it ran on has stopped. Begin it again.",
    failed: "Failed",
    agrees: "Everything agrees",
    agrees_why: "Every wallet agrees with its operations.",
    has_breaches: "Breaches found",
    breaches_why: "These records contradict each other. They do not mend by themselves: tell the database's administrator.",
    users: "Users",
    wallets: "Wallets",
    operations: "Operations",
    breaches: "Breaches",
    began: "Began (UTC)",
    ended: "Ended (UTC)",
    last_seen: "Last heard of (UTC)",
    by: "Begun by",
    result: "Result",
    wallet: "Wallet",
    breach: "Breach",
    first_of: "These are the first of them.",
    earlier: "Earlier audits",
};

pub fn words(lang: Lang) -> &'static Words {
    lang.of(&RU, &EN)
}

impl Words {
    pub fn state(&self, state: &AuditState) -> &'static str {
        match state {
            AuditState::Running => self.running,
            AuditState::Interrupted => self.interrupted,
            AuditState::Failed(_) => self.failed,
            AuditState::Agrees => self.agrees,
            AuditState::Breaches => self.has_breaches,
        }
    }
}

/// The kind of badge that a state has.
pub fn badge(state: &AuditState) -> &'static str {
    match state {
        AuditState::Running => "badge--accent",
        AuditState::Interrupted => "badge--warn",
        AuditState::Agrees => "badge--good",
        AuditState::Failed(_) | AuditState::Breaches => "badge--bad",
    }
}

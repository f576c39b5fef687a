//! What a wallet limits.

/// What an operation would exceed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    BalanceMin,
    BalanceMax,
    OperationMax,
    DailyOutMax,
    /// The number of open holds.
    OpenHolds,
}

impl Limit {
    pub const ALL: [Self; 5] = [
        Self::BalanceMin,
        Self::BalanceMax,
        Self::OperationMax,
        Self::DailyOutMax,
        Self::OpenHolds,
    ];

    /// Its name in the API; of a rule, that of the rule.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BalanceMin => "balance_min",
            Self::BalanceMax => "balance_max",
            Self::OperationMax => "operation_max",
            Self::DailyOutMax => "daily_out_max",
            Self::OpenHolds => "open_holds",
        }
    }
}

//! An amount that is read is one: within its limits, the number that was written, and itself when it is written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rust_decimal::Decimal;
use wallet_engine::domain::{Amount, AmountError};

fuzz_target!(|text: &str| {
    let read = Amount::parse(text);
    assert_eq!(
        Amount::parse(&format!("\u{3000}{text}\u{1f}\n")),
        read,
        "white space around it changes nothing"
    );
    if let Ok(amount) = read {
        assert!(Amount::MIN <= amount && amount <= Amount::MAX);
        assert_eq!(Amount::parse(&amount.to_string()), Ok(amount));
        assert_eq!(Decimal::from(amount).to_string(), amount.to_string());
    }

    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain
        && text.len() < 30
        && let Ok(number) = Decimal::from_str_exact(text)
    {
        let in_range = (Decimal::from(Amount::MIN)..=Amount::MAX.into()).contains(&number);
        let is_amount = in_range && number.scale() <= 2;
        assert_eq!(read.ok().map(Decimal::from), is_amount.then_some(number));
        if is_amount {
            assert_eq!(
                Amount::parse(&format!("-{text}")),
                Err(AmountError::NotPositive)
            );
        }
    }
});

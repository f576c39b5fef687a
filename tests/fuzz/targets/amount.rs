//! An amount that is read is one: within its limits, the number that was written, and itself when it is written again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rust_decimal::Decimal;
use wallet_engine::compat::decimal::amount;
use wallet_engine::domain::{Amount, AmountError};

fuzz_target!(|text: &str| {
    let read = amount(text);
    assert_eq!(
        amount(&format!("\u{3000}{text}\u{1f}\n")),
        read,
        "white space around it changes nothing"
    );
    if let Ok(cents) = read {
        assert!(Amount::MIN <= cents && cents <= Amount::MAX);
        assert_eq!(amount(&cents.to_string()), Ok(cents));
        assert_eq!(Amount::parse(&cents.to_string()), Ok(cents));
        assert_eq!(Decimal::from(cents).to_string(), cents.to_string());
    }

    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    if plain {
        assert_eq!(
            Amount::parse(text),
            read,
            "the plain notation is part of Python's"
        );
    }
    if plain
        && text.len() < 30
        && let Ok(number) = Decimal::from_str_exact(text)
    {
        let in_range = (Decimal::from(Amount::MIN)..=Amount::MAX.into()).contains(&number);
        let is_amount = in_range && number.scale() <= 2;
        assert_eq!(read.ok().map(Decimal::from), is_amount.then_some(number));
        if is_amount {
            assert_eq!(amount(&format!("-{text}")), Err(AmountError::NotPositive));
        }
    }
});

//! An authenticator app, written from the RFCs alone: nothing of the engine's is used to compute a code.

use crate::admin::{Admin, Answer, Browser, PASSWORD, STAFF};
use crate::postgres;

/// What a member of the staff has of their factor.
pub struct App {
    secret: Vec<u8>,
    pub recovery: Vec<String>,
}

impl App {
    /// Turns the second factor on in a browser that is signed in, as a reader of its pages does.
    pub async fn enrol(browser: &Browser, admin: &Admin) -> Self {
        let offered = offer(browser).await;
        let mut app = Self::reading(&offered);
        let code = app.code(admin).await;
        let confirmed = confirm(browser, &code).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.body);
        app.recovery = codes_of(&confirmed.body);
        app
    }

    /// Reads the secret from the page that shows it.
    pub fn reading(page: &Answer) -> Self {
        assert_eq!(page.status, 200, "{}", page.body);
        let (_, rest) = page.body.split_once("id=\"secret\"").unwrap();
        let (_, rest) = rest.split_once("value=\"").unwrap();
        Self {
            secret: base32(rest.split('"').next().unwrap()),
            recovery: Vec::new(),
        }
    }

    /// The code of now, by the database's clock.
    pub async fn code(&self, admin: &Admin) -> String {
        self.code_of(step(admin).await)
    }

    pub fn code_of(&self, step: u64) -> String {
        format!("{:06}", truncated(&self.secret, step) % 1_000_000)
    }
}

/// The step of now, by the database's clock.
pub async fn step(admin: &Admin) -> u64 {
    let database = postgres::connect(&admin.app.database).await;
    let now = "SELECT floor(extract(epoch FROM clock_timestamp()) / 30)::bigint";
    let now: i64 = database.query_one(now, &[]).await.unwrap().get(0);
    now.try_into().unwrap()
}

/// Lets time pass: codes of the present window are as good as new ones.
pub async fn later(admin: &Admin) {
    admin
        .execute("UPDATE staff_factors SET last_step = 0")
        .await;
}

/// Asks for a secret.
pub async fn offer(browser: &Browser) -> Answer {
    browser.get("/admin/account/").await;
    browser.post("/admin/account/second-factor/", &[]).await
}

/// Types the first code.
pub async fn confirm(browser: &Browser, code: &str) -> Answer {
    let fields = [("code", code)];
    let address = "/admin/account/second-factor/confirm/";
    browser.post(address, &fields).await
}

/// Signs in with the password, which leads to the second step.
pub async fn first_step(browser: &Browser) -> Answer {
    let answer = browser.try_sign_in(STAFF, PASSWORD).await;
    assert_eq!(answer.location(), "/admin/second-factor/?next=%2Fadmin%2F");
    browser.get(answer.location()).await
}

/// Types a code at the second step.
pub async fn second_step(browser: &Browser, code: &str) -> Answer {
    let fields = [("code", code), ("next", "/admin/users/")];
    browser.post("/admin/second-factor/", &fields).await
}

/// The recovery codes that a page shows.
pub fn codes_of(body: &str) -> Vec<String> {
    let codes = body.split("<li class=\"mono\">").skip(1);
    let codes: Vec<_> = codes
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect();
    assert_eq!(codes.len(), 10, "{body}");
    codes
}

/// RFC 4226, section 5.3, with eight digits.
fn truncated(secret: &[u8], counter: u64) -> u32 {
    let hash = hmac_sha1(secret, &counter.to_be_bytes());
    let offset = usize::from(hash[19] & 15);
    let four = hash[offset..offset + 4].try_into().unwrap();
    (u32::from_be_bytes(four) & 0x7fff_ffff) % 100_000_000
}

/// RFC 2104, of keys that are no longer than a block.
fn hmac_sha1(key: &[u8], message: &[u8]) -> [u8; 20] {
    let padded = |with: u8| -> Vec<u8> {
        (0..64)
            .map(|at| key.get(at).copied().unwrap_or(0) ^ with)
            .collect()
    };
    let inner = sha1(&[padded(0x36), message.to_vec()].concat());
    sha1(&[padded(0x5c), inner.to_vec()].concat())
}

/// FIPS 180-4, section 6.1.
fn sha1(message: &[u8]) -> [u8; 20] {
    let mut bytes = message.to_vec();
    bytes.push(0x80);
    while bytes.len() % 64 != 56 {
        bytes.push(0);
    }
    bytes.extend((message.len() as u64 * 8).to_be_bytes());
    let mut hash: [u32; 5] = [
        0x6745_2301,
        0xefcd_ab89,
        0x98ba_dcfe,
        0x1032_5476,
        0xc3d2_e1f0,
    ];
    for block in bytes.chunks(64) {
        let mut words: Vec<u32> = block
            .chunks(4)
            .map(|four| u32::from_be_bytes(four.try_into().unwrap()))
            .collect();
        for at in 16..80 {
            let word = words[at - 3] ^ words[at - 8] ^ words[at - 14] ^ words[at - 16];
            words.push(word.rotate_left(1));
        }
        let mut state = hash;
        for (at, word) in words.iter().enumerate() {
            let [first, second, third, fourth, fifth] = state;
            let (mixed, constant) = match at {
                0..20 => (second & third | !second & fourth, 0x5a82_7999),
                20..40 => (second ^ third ^ fourth, 0x6ed9_eba1),
                40..60 => (
                    second & third | second & fourth | third & fourth,
                    0x8f1b_bcdc,
                ),
                _ => (second ^ third ^ fourth, 0xca62_c1d6),
            };
            let sum = [first.rotate_left(5), mixed, fifth, constant, *word];
            let sum = sum.into_iter().fold(0, u32::wrapping_add);
            state = [sum, first, second.rotate_left(30), third, fourth];
        }
        for (word, added) in hash.iter_mut().zip(state) {
            *word = word.wrapping_add(added);
        }
    }
    let bytes: Vec<u8> = hash.iter().flat_map(|word| word.to_be_bytes()).collect();
    bytes.try_into().unwrap()
}

/// RFC 4648, section 6, in groups.
fn base32(text: &str) -> Vec<u8> {
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for letter in text.bytes().filter(|letter| *letter != b' ') {
        let value = match letter {
            b'A'..=b'Z' => letter - b'A',
            b'2'..=b'7' => letter - b'2' + 26,
            _ => panic!("{text}"),
        };
        bits = bits << 5 | u32::from(value);
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 255).unwrap());
        }
    }
    assert_eq!(bytes.len(), 20, "{text}");
    bytes
}

/// RFC 6238, appendix B.
#[test]
fn the_app_computes_what_the_rfc_says() {
    for (at, code) in [
        (59, 94_287_082),
        (1_111_111_109, 7_081_804),
        (1_111_111_111, 14_050_471),
        (1_234_567_890, 89_005_924),
        (2_000_000_000, 69_279_037),
        (20_000_000_000, 65_353_130),
    ] {
        assert_eq!(truncated(b"12345678901234567890", at / 30), code, "{at}");
    }
}

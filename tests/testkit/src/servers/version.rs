//! Which PostgreSQL the tests run on: the one whose `pg_config` is first in the `PATH`, and else the newest that the
//! system has. `TEST_POSTGRES` names the major version that it has to be, so that no run proves another than it says.

use tokio_postgres::Client;

const SETTING: &str = "TEST_POSTGRES";

/// Fails the test on a server of another version than is asked for.
pub async fn assert_asked_for(client: &Client) {
    let Ok(asked) = std::env::var(SETTING) else {
        return;
    };
    let shown = client.query_one("SHOW server_version_num", &[]).await;
    let number: String = shown.unwrap().get(0);
    let major = number.parse::<u32>().unwrap() / 10_000;
    assert!(
        major.to_string() == asked,
        "{SETTING} asks for PostgreSQL {asked}, and the server is of version {major}: put the directory of its \
         pg_config first in the PATH"
    );
}

//! What of a wallet's past a statement is requested of, and in which format.

use time::OffsetDateTime;
use utoipa::IntoParams;

use super::super::error::Error;
use super::super::faults::{Fault, Faults};
use super::super::openapi::statement as schemas;
use super::super::query::{self, Query};
use super::super::resource::Refusal;
use crate::domain::statement::StatementQuery;
use crate::statements::Format;

// For the description alone: `parse` reads the parameters.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it is described, and read by name")]
pub struct Parameters {
    #[param(schema_with = schemas::asked_from)]
    from: Option<String>,
    #[param(schema_with = schemas::asked_to)]
    to: Option<String>,
    #[param(schema_with = schemas::format)]
    format: Option<String>,
}

/// Reads the query of a request.
pub fn parse(query: &str, now: OffsetDateTime) -> Result<(StatementQuery, Format), Error> {
    let mut given = Query::read(["from", "to", "format"], query);
    let past = |text: &str| {
        let time = query::time(text).ok_or(Fault::NotATime)?;
        if time > now {
            Err(Fault::NotOver)
        } else {
            Ok(time)
        }
    };
    let from = given.optional("from", past);
    let to = given.optional("to", past);
    let format = given.optional("format", |name| {
        Format::parse(name).ok_or(Fault::NotOneOf(&Format::NAMES))
    });
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        given.refuse("from", Fault::NotAfter("to"));
    }
    given.finish()?;
    Ok((StatementQuery { from, to }, format.unwrap_or_default()))
}

/// Of a request for a statement.
pub fn refusals() -> Vec<Refusal> {
    let mut wrong = Faults::one("from", Fault::NotAfter("to"));
    wrong.push("to", Fault::NotOver);
    wrong.push("format", Fault::NotOneOf(&Format::NAMES));
    vec![("wrong fields", Error::Fields(wrong))]
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::messages::Lang;

    const NOW: OffsetDateTime = datetime!(2031-05-01 12:00 UTC);

    #[test]
    fn an_interval_may_lack_its_ends_and_the_format_is_json_unless_it_is_named() {
        let (query, format) = parse("", NOW).unwrap();
        assert_eq!((query, format), (StatementQuery::default(), Format::Json));
        let both = "from=2031-04-01T00:00:00Z&to=2031-05-01T00:00:00+00:00&format=camt053";
        let (query, format) = parse(both, NOW).unwrap();
        assert_eq!(query.from, Some(datetime!(2031-04-01 0:00 UTC)));
        assert_eq!(query.to, Some(datetime!(2031-05-01 0:00 UTC)));
        assert_eq!(format, Format::Camt053);
        assert!(parse("from=2031-05-01T12:00:00Z&to=2031-05-01T12:00:00Z", NOW).is_ok());
    }

    #[test]
    fn every_fault_of_a_query_is_reported_at_once() {
        for (query, faults) in [
            ("from=x&to=2031-05-01T12:00:00.000001Z&format=pdf&a=1", 4),
            ("from=2031-05-01T11:00:00Z&to=2031-05-01T10:00:00Z", 1),
            ("from=2031-05-02T11:00:00Z", 1),
            ("format=JSON", 1),
            ("to=2031-04-01T00:00:00Z&to=2031-04-01T00:00:00Z", 1),
        ] {
            let Err(Error::Fields(found)) = parse(query, NOW) else {
                panic!("{query} is accepted");
            };
            let texts = found.texts(Lang::En);
            assert_eq!(texts.len(), faults, "{query}: {texts:?}");
        }
    }
}

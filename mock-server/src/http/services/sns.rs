//! [Publish](https://docs.aws.amazon.com/sns/latest/api/API_Publish.html) and
//! [PublishBatch](https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html): forms come in (`publication`), XML goes
//! out.
//!
//! Only topics can be published to, no telephones and no devices. What is taken and whom it is for is decided in
//! [`core::trigger::topic`](crate::core::trigger::topic). The query protocol is that of other services, too; their actions are
//! refused by name like those of SNS that are left out.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE};
use lambda_api::limits::event_sources as limits;

pub(super) use self::fault::Fault;
use self::fault::of_publish;
use super::{
    batch,
    json::not_emulated,
    query::{Fields, Form},
    xml::Xml,
};
use crate::{Topic, http::invoke_api::Service, triggers::Published};

mod fault;
mod publication;

const NAMESPACE: &str = "http://sns.amazonaws.com/doc/2010-03-31/";
const VERSION: &str = "2010-03-31";

/// What is told of calls that went well.
pub(super) enum Answer {
    Published(Published),
    Batch { successful: Vec<(String, Published)>, failed: Vec<(String, Fault)> },
}

pub(super) fn answer(service: &Service, body: &Bytes) -> Result<Answer, Fault> {
    let form = Form::parse(body);
    let fields = form.fields();
    let action = fields.get("Action").filter(|action| !action.is_empty()).ok_or_else(Fault::no_action)?;
    if let Some(version) = fields.get("Version").filter(|version| *version != VERSION) {
        let what = format!("{action} of version {version} in the query protocol");
        return Err(Fault::unknown_action(not_emulated(&what)));
    }
    match action {
        "Publish" => publish(service, &fields),
        "PublishBatch" => publish_batch(service, &fields),
        _ => Err(Fault::unknown_action(not_emulated(action))),
    }
}

fn publish(service: &Service, fields: &Fields<'_>) -> Result<Answer, Fault> {
    if fields.get("PhoneNumber").is_some() {
        return Err(Fault::invalid_parameter(&format!(
            "PhoneNumber Reason: {}",
            not_emulated("a message to it")
        )));
    }
    let topic = topic(service, fields.get("TopicArn").or_else(|| fields.get("TargetArn")))?;
    let publication = publication::read(fields)?;
    topic.accept(publication).map(Answer::Published).map_err(|error| of_publish(&error))
}

fn publish_batch(service: &Service, fields: &Fields<'_>) -> Result<Answer, Fault> {
    let topic = topic(service, fields.get("TopicArn"))?;
    let entries = fields.elements("PublishBatchRequestEntries.member");
    let ids = entries.iter().map(|entry| entry.get("Id").unwrap_or_default());
    batch::check(ids.clone()).map_err(|error| Fault::of_batch(&error))?;
    let publications: Vec<_> = ids.zip(entries.iter().map(publication::read)).collect();
    let bytes = publications.iter().filter_map(|(_, read)| read.as_ref().ok()).map(|read| read.bytes()).sum();
    batch::check_bytes(bytes, limits::PUBLICATION_BYTES).map_err(|error| Fault::of_batch(&error))?;
    let (mut successful, mut failed) = (Vec::new(), Vec::new());
    for (id, publication) in publications {
        let accept = |publication| topic.accept(publication).map_err(|error| of_publish(&error));
        match publication.and_then(accept) {
            Ok(published) => successful.push((id.to_owned(), published)),
            Err(fault) => failed.push((id.to_owned(), fault)),
        }
    }
    Ok(Answer::Batch { successful, failed })
}

fn topic(service: &Service, arn: Option<&str>) -> Result<Topic, Fault> {
    let arn = arn.filter(|arn| !arn.is_empty()).ok_or_else(|| {
        Fault::invalid_parameter("TopicArn or TargetArn Reason: no value for required parameter")
    })?;
    if !arn.starts_with("arn:") {
        return Err(Fault::invalid_parameter(&format!("TopicArn Reason: {arn} does not start with arn")));
    }
    service.world.triggers.topic(arn).ok_or_else(Fault::no_topic)
}

/// The answer as XML.
pub(super) fn reply(answered: Result<Answer, Fault>, request_id: &str) -> Response<Bytes> {
    let (status, xml) = match answered {
        Ok(answer) => (StatusCode::OK, answer.xml(request_id)),
        Err(fault) => (fault.status, fault.xml(NAMESPACE, request_id)),
    };
    let mut reply = Response::new(xml.into());
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    reply
}

impl Answer {
    fn xml(&self, request_id: &str) -> String {
        let published = |xml: Xml, published: &Published| {
            let xml = xml.text("MessageId", &published.message_id);
            xml.optional("SequenceNumber", published.sequence_number.as_deref())
        };
        let within = |action: &str, write: &dyn Fn(Xml) -> Xml| {
            Xml::root(&format!("{action}Response"), NAMESPACE, |xml| {
                let xml = xml.element(&format!("{action}Result"), write);
                xml.element("ResponseMetadata", |xml| xml.text("RequestId", request_id))
            })
        };
        match self {
            Self::Published(one) => within("Publish", &|xml| published(xml, one)),
            Self::Batch { successful, failed } => within("PublishBatch", &|xml| {
                let xml = xml.element("Failed", |xml| {
                    failed
                        .iter()
                        .fold(xml, |xml, (id, fault)| xml.element("member", |xml| fault.entry(xml, id)))
                });
                xml.element("Successful", |xml| {
                    successful.iter().fold(xml, |xml, (id, one)| {
                        xml.element("member", |xml| published(xml.text("Id", id), one))
                    })
                })
            }),
        }
    }
}

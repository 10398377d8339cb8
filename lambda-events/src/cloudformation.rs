//! Requests of AWS CloudFormation: custom resources, those of the CDK's provider framework, macros and hooks.

mod custom_resource;
mod hook;
mod provider;
mod template_macro;

pub use self::{
    custom_resource::{CustomResource, CustomResourceResponse, RequestType, Status},
    hook::{
        Annotation, AnnotationStatus, ChangedResource, Hook, HookContext, HookData, HookErrorCode, HookModel,
        HookPayload, HookResponse, HookStatus, InvocationPoint, ResourceAction, Severity, TargetModel,
    },
    provider::{IsComplete, IsCompleteResponse, OnEvent, OnEventResponse},
    template_macro::{Macro, MacroResponse, MacroStatus},
};

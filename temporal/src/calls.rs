//! The server's calls that DevFlow makes, by name, with their messages as bytes.

use crate::{sentences, Fault, INVALID};
use prost::Message;
use std::{ffi::c_int, time::Duration};
use temporalio_client::{tonic, Connection};
use temporalio_protos::temporal::api::{operatorservice::v1::*, workflowservice::v1::*};

pub(crate) fn fault(status: &tonic::Status) -> Fault {
    let message = status.message();
    let said = if message.is_empty() { status.code().description() } else { message };
    let cause = std::error::Error::source(status).map(sentences).filter(|cause| !said.contains(cause.as_str()));
    let said = cause.map_or(said.to_string(), |cause| format!("{said}: {cause}"));
    Fault(status.code() as c_int, said)
}

fn request<M: Message + Default>(bytes: &[u8], timeout: Duration) -> Result<tonic::Request<M>, Fault> {
    let message = M::decode(bytes).map_err(|error| Fault(INVALID, error.to_string()))?;
    let mut request = tonic::Request::new(message);
    request.set_timeout(timeout);
    Ok(request)
}

macro_rules! calls {
    ($($service:ident: $($name:literal $method:ident $request:ty;)*)*) => {
        pub(crate) async fn call(
            connection: &Connection,
            name: &str,
            bytes: &[u8],
            timeout: Duration,
        ) -> Result<Vec<u8>, Fault> {
            match name {
                $($($name => {
                    let request: tonic::Request<$request> = request(bytes, timeout)?;
                    match connection.$service().$method(request).await {
                        Ok(response) => Ok(response.into_inner().encode_to_vec()),
                        Err(status) => Err(fault(&status)),
                    }
                })*)*
                _ => Err(Fault(INVALID, format!("no call {name}"))),
            }
        }
    };
}

calls! {
    workflow_service:
    "StartWorkflowExecution" start_workflow_execution StartWorkflowExecutionRequest;
    "SignalWorkflowExecution" signal_workflow_execution SignalWorkflowExecutionRequest;
    "RequestCancelWorkflowExecution" request_cancel_workflow_execution RequestCancelWorkflowExecutionRequest;
    "TerminateWorkflowExecution" terminate_workflow_execution TerminateWorkflowExecutionRequest;
    "DeleteWorkflowExecution" delete_workflow_execution DeleteWorkflowExecutionRequest;
    "ResetWorkflowExecution" reset_workflow_execution ResetWorkflowExecutionRequest;
    "QueryWorkflow" query_workflow QueryWorkflowRequest;
    "ListWorkflowExecutions" list_workflow_executions ListWorkflowExecutionsRequest;
    "CountWorkflowExecutions" count_workflow_executions CountWorkflowExecutionsRequest;
    "DescribeWorkflowExecution" describe_workflow_execution DescribeWorkflowExecutionRequest;
    "GetWorkflowExecutionHistory" get_workflow_execution_history GetWorkflowExecutionHistoryRequest;
    "DescribeNamespace" describe_namespace DescribeNamespaceRequest;
    "RegisterNamespace" register_namespace RegisterNamespaceRequest;
    operator_service:
    "ListSearchAttributes" list_search_attributes ListSearchAttributesRequest;
    "AddSearchAttributes" add_search_attributes AddSearchAttributesRequest;
}

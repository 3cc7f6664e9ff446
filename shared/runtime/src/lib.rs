//! oms-runtime

//! oms-aws

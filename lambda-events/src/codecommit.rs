//! Changes of AWS CodeCommit repositories.

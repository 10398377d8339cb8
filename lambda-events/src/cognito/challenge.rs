//! Triggers of a sign-in by challenges of one's own: which one comes next, what it is, and whether the answer is right.
//!
//! Sources: [define](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-define-auth-challenge.html),
//! [create](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-create-auth-challenge.html) and
//! [verify](https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-verify-auth-challenge-response.html).

use super::triggers;
use crate::{Map, Str};

triggers! {
    /// A sign-in goes on: with another challenge, with tokens, or not at all.
    ///
    /// ```
    /// use lambda_events::cognito::{ChallengeName, DefineAuthChallenge};
    ///
    /// let json = r#"{"request":{"session":[]},
    ///     "response":{"challengeName":null,"issueTokens":null,"failAuthentication":null}}"#;
    /// let mut event: DefineAuthChallenge<'_> = serde_json::from_str(json)?;
    /// if event.request.session.is_empty() {
    ///     event.response.challenge_name = Some(ChallengeName::Custom);
    ///     event.response.issue_tokens = Some(false);
    ///     event.response.fail_authentication = Some(false);
    /// }
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct DefineAuthChallenge<'a> {
        request: DefineAuthChallengeRequest<'a>,
        response: DefineAuthChallengeResponse<'a>,
    }

    /// A challenge is asked for.
    ///
    /// ```
    /// use lambda_events::cognito::CreateAuthChallenge;
    ///
    /// let json = r#"{"request":{"challengeName":"CUSTOM_CHALLENGE"},"response":{}}"#;
    /// let mut event: CreateAuthChallenge<'_> = serde_json::from_str(json)?;
    /// event.response.private_challenge_parameters = Some([("answer", "42".into())].into());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct CreateAuthChallenge<'a> {
        request: CreateAuthChallengeRequest<'a>,
        response: CreateAuthChallengeResponse<'a>,
    }

    /// An answer to a challenge has come.
    ///
    /// ```
    /// use lambda_events::cognito::VerifyAuthChallenge;
    ///
    /// let json = r#"{"request":{"privateChallengeParameters":{"answer":"42"},"challengeAnswer":"42"},
    ///     "response":{"answerCorrect":null}}"#;
    /// let mut event: VerifyAuthChallenge<'_> = serde_json::from_str(json)?;
    /// let right = event.request.private_challenge_parameters.get("answer");
    /// event.response.answer_correct = Some(right.is_some() && right == event.request.challenge_answer.as_ref());
    /// assert_eq!(event.response.answer_correct, Some(true));
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub struct VerifyAuthChallenge<'a> {
        request: VerifyAuthChallengeRequest<'a>,
        response: VerifyAuthChallengeResponse<'a>,
    }
}

event! {
    /// How far the sign-in is.
    pub struct DefineAuthChallengeRequest<'a> {
        /// The user's attributes.
        user_attributes: Map<'a, Str<'a>> = "userAttributes";
        /// The challenges so far, the first one first.
        session: Vec<ChallengeResult<'a>> = "session";
        /// What the app sends to the functions.
        client_metadata: Map<'a, Str<'a>> = "clientMetadata";
        /// Whether there is no such user, in a pool that does not tell.
        user_not_found: Option<bool> = "userNotFound";
    }

    /// A challenge, and how it went.
    pub struct ChallengeResult<'a> {
        /// Which kind of challenge.
        challenge_name: Option<ChallengeName<'a>> = "challengeName";
        /// Whether the answer was right.
        challenge_result: Option<bool> = "challengeResult";
        /// Which of the function's own challenges.
        challenge_metadata: Option<Str<'a>> = "challengeMetadata";
    }

    /// How the sign-in goes on.
    pub struct DefineAuthChallengeResponse<'a> {
        /// The next challenge.
        challenge_name: Option<ChallengeName<'a>> = "challengeName";
        /// Whether the user is signed in.
        issue_tokens: Option<bool> = "issueTokens";
        /// Whether the sign-in has failed.
        fail_authentication: Option<bool> = "failAuthentication";
    }

    /// Which challenge is asked for.
    pub struct CreateAuthChallengeRequest<'a> {
        /// The user's attributes.
        user_attributes: Map<'a, Str<'a>> = "userAttributes";
        /// Which kind of challenge.
        challenge_name: Option<ChallengeName<'a>> = "challengeName";
        /// The challenges so far, the first one first.
        session: Vec<ChallengeResult<'a>> = "session";
        /// What the app sends to the functions.
        client_metadata: Map<'a, Str<'a>> = "clientMetadata";
        /// Whether there is no such user, in a pool that does not tell.
        user_not_found: Option<bool> = "userNotFound";
    }

    /// A challenge.
    pub struct CreateAuthChallengeResponse<'a> {
        /// What the app gets.
        public_challenge_parameters: Option<Map<'a, Str<'a>>> = "publicChallengeParameters";
        /// What only the function gets that looks at the answer: the right one, for example.
        private_challenge_parameters: Option<Map<'a, Str<'a>>> = "privateChallengeParameters";
        /// What the challenge is called in the session.
        challenge_metadata: Option<Str<'a>> = "challengeMetadata";
    }

    /// An answer.
    pub struct VerifyAuthChallengeRequest<'a> {
        /// The user's attributes.
        user_attributes: Map<'a, Str<'a>> = "userAttributes";
        /// What the function that made the challenge has kept.
        private_challenge_parameters: Map<'a, Str<'a>> = "privateChallengeParameters";
        /// The user's answer.
        challenge_answer: Option<Str<'a>> = "challengeAnswer";
        /// What the app sends to the functions.
        client_metadata: Map<'a, Str<'a>> = "clientMetadata";
        /// Whether there is no such user, in a pool that does not tell.
        user_not_found: Option<bool> = "userNotFound";
    }

    /// What is said of the answer.
    pub struct VerifyAuthChallengeResponse<'a> {
        /// Whether it is right.
        answer_correct: Option<bool> = "answerCorrect";
    }
}

open_enum! {
    /// A kind of challenge.
    pub enum ChallengeName<'a> {
        /// One of the functions' own.
        Custom = "CUSTOM_CHALLENGE",
        /// A password that is not sent, its first step.
        SrpA = "SRP_A",
        /// A password that is not sent, its second step.
        PasswordVerifier = "PASSWORD_VERIFIER",
        /// A code by text message, as a second factor.
        SmsMfa = "SMS_MFA",
        /// A code by text message.
        SmsOtp = "SMS_OTP",
        /// A code by e-mail.
        EmailOtp = "EMAIL_OTP",
        /// A code of an authenticator app.
        SoftwareTokenMfa = "SOFTWARE_TOKEN_MFA",
        /// A known device, its first step.
        DeviceSrpAuth = "DEVICE_SRP_AUTH",
        /// A known device, its second step.
        DevicePasswordVerifier = "DEVICE_PASSWORD_VERIFIER",
        /// A password, sent by a server of the app.
        AdminNoSrpAuth = "ADMIN_NO_SRP_AUTH",
        /// A new password instead of a first one.
        NewPasswordRequired = "NEW_PASSWORD_REQUIRED",
    }
}

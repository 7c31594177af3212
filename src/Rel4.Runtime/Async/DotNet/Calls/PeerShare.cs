namespace Rel4.Runtime;

/// <content>Has forgotten messages looked for while channels stand still.</content>
internal sealed partial class PeerShare
{
    static partial void OnStandstill() => ForgottenSearch.Begin();

    static partial void OnStandstillEnded() => ForgottenSearch.End();
}

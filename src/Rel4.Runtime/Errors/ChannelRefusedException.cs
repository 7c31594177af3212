namespace Rel4.Runtime;

/// <summary>Tells that no channel could be opened through an endpoint: what this side holds, or what the other one answers, does not do. No message was sent.</summary>
public sealed class ChannelRefusedException : Rel4Exception
{
    internal ChannelRefusedException(Rel4ErrorCode code, ulong endpoint, string message)
        : base(code, message) => GrantedName = AsyncMachine.NameOf(endpoint);
}

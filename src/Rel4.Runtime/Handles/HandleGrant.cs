using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>What a handle was granted where the system was composed, which makes calls that could only fail silently, or never end, exceptions.</summary>
/// <param name="Name">The name of the grant.</param>
/// <param name="Rights">Its rights.</param>
/// <remarks>It is no authority: the kernel goes by the capability. What ends in an error or a fault by itself (receiving without Read) is left to it.</remarks>
internal sealed record HandleGrant(string Name, CapRights Rights)
{
    /// <summary>Throws if a message would be dropped, or arrive without its capabilities.</summary>
    /// <param name="capabilities">How many go with it.</param>
    public void RequireToSend(int capabilities)
    {
        if ((Rights & CapRights.Write) == 0)
            Throw("the kernel would drop what is sent", CapRights.Write);
        if (capabilities > 0 && (Rights & CapRights.Grant) == 0)
            Throw("the capabilities would not arrive with the message", CapRights.Write | CapRights.Grant);
    }

    /// <summary>As <see cref="RequireToSend"/>, and throws if no reply could come.</summary>
    /// <param name="capabilities">How many go with the call.</param>
    public void RequireToCall(int capabilities)
    {
        RequireToSend(capabilities);
        // Manual section "Calling and Replying": without either, seL4 suspends the caller when its message is received.
        if ((Rights & (CapRights.Grant | CapRights.GrantReply)) == 0)
            Throw("a call would wait for ever, as it can't be replied to", CapRights.Write | CapRights.GrantReply);
    }

    /// <summary>Throws if no channel could be opened.</summary>
    public void RequireToOpen() => Require(CapRights.Write | CapRights.Grant, "no channel can be opened through it");

    /// <summary>Throws if nothing could be received, or waited for.</summary>
    public void RequireToReceive() => Require(CapRights.Read, "nothing can be received through it");

    /// <summary>Throws if a signal would have no effect.</summary>
    public void RequireToSignal()
    {
        if ((Rights & CapRights.Write) == 0)
            Throw("the kernel would ignore the signal", CapRights.Write);
    }

    private void Require(CapRights needed, string consequence)
    {
        if ((Rights & needed) != needed)
            Throw(consequence, needed);
    }

    private void Throw(string consequence, CapRights needed) => throw new InvalidOperationException(
        $"'{Name}' was granted with {Rights} only: {consequence}. Grant it with {Describe(needed)} where the system is composed, or use another capability.");

    private static string Describe(CapRights rights) => string.Join(" | ", $"{rights}".Split(", ").Select(right => $"CapRights.{right}"));
}

using Rel4.Abi;

namespace Rel4.Runtime;

/// <summary>Tells that a call will never be answered: its reply capability was deleted unused, or whoever held it died.</summary>
/// <remarks>
/// seL4 leaves such a caller blocked for ever; only a machine with processes, which die, says so. Asynchronous callers get it when the server ends
/// a request without a reply.
/// </remarks>
public sealed class ReplyAbandonedException : Rel4Exception
{
    internal ReplyAbandonedException(Syscall syscall, ulong capability)
        : base(Rel4ErrorCode.NotAnswered, $"{syscall} on {AsyncMachine.Describe("capability", capability)} was taken but will not be answered: the receiver dropped its reply capability or "
            + "died, or is an asynchronous server whose reply had more than the 960 bytes that a synchronous caller takes, which it has said on its standard error. "
            + "Whether it acted on the message is unknown. Ask what state it left, or make the call again if that does no harm; CallAsync takes longer replies.")
    {
        Syscall = syscall;
        Capability = capability;
        GrantedName = AsyncMachine.NameOf(capability);
    }

    internal ReplyAbandonedException(ulong endpoint, bool wasPassedOn)
        : base(Rel4ErrorCode.NotAnswered, $"A call through {AsyncMachine.Describe("endpoint", endpoint)} was taken but will not be answered: {(wasPassedOn
            ? "it was passed on, and the other end, or the way there, was lost" : "the server ended the request without a reply")}. "
            + "Whether it acted on the message is unknown. Ask what state it left, or make the call again if that does no harm.")
    {
        Syscall = Syscall.Call;
        GrantedName = AsyncMachine.NameOf(endpoint);
    }

    internal ReplyAbandonedException(ulong endpoint, ulong replyBytes, ulong mostBytes)
        : base(Rel4ErrorCode.TooLong, $"A call through {AsyncMachine.Describe("endpoint", endpoint)} was answered by {replyBytes} bytes, which is longer than the {mostBytes} bytes that this "
            + $"side takes, so the reply did not come. The server has acted on the message. Ask for less at a time{ReL4.OrRaiseMemory(replyBytes, "here")}.")
    {
        Syscall = Syscall.Call;
        GrantedName = AsyncMachine.NameOf(endpoint);
        Limit = (long)mostBytes;
    }

    /// <inheritdoc/>
    /// <remarks>It may: a reply that is too long was made by somebody who has acted.</remarks>
    public override bool MayHaveActed => true;

    /// <summary>Gets the system call.</summary>
    public Syscall Syscall { get; }

    /// <summary>Gets the address of the capability that was called; 0 if the call was an asynchronous one.</summary>
    public ulong Capability { get; }
}

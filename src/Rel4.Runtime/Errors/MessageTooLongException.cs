namespace Rel4.Runtime;

/// <summary>Tells that a message is longer than the other side takes (<see cref="Rel4Exception.Limit"/> bytes), and was not sent.</summary>
/// <remarks>A receiver says so by the memory that it gives each peer: <see cref="ReL4.MemoryPerPeer"/>.</remarks>
public sealed class MessageTooLongException : Rel4Exception
{
    internal MessageTooLongException(ulong endpoint, int length, ulong limit)
        : base(Rel4ErrorCode.TooLong, $"A message of {length} bytes is longer than the {limit} bytes that the other side takes through "
            + $"{AsyncMachine.Describe("endpoint", endpoint)}. Send it in parts{ReL4.OrRaiseMemory((ulong)length, "there")}.")
    {
        GrantedName = AsyncMachine.NameOf(endpoint);
        Limit = (long)limit;
    }

    internal MessageTooLongException(ulong endpoint, ulong limit)
        : base(Rel4ErrorCode.TooLong, $"A message was longer than the {limit} bytes that are taken where {AsyncMachine.Describe("endpoint", endpoint)} passes it on to, and was not carried out. Send it in parts.")
    {
        GrantedName = AsyncMachine.NameOf(endpoint);
        Limit = (long)limit;
    }
}

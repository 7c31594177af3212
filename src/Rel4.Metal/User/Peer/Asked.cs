using System.Buffers.Binary;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Asks the server for a number in the order in which it is asked.</summary>
internal sealed class Asked
{
    /// <summary>Gets or sets the coroutine that asks.</summary>
    public CoroutineId Id { get; set; }

    /// <summary>Gets the number.</summary>
    public ulong Number { get; private set; }

    /// <summary>Asks.</summary>
    public static async CoTask AskAsync(Asked asked)
    {
        using IpcResponse reply = await ReL4.Call(PairLayout.Endpoint, PairLabel.Order, new byte[1]);
        asked.Number = BinaryPrimitives.ReadUInt64LittleEndian(reply.Payload);
    }
}

using System.Buffers.Binary;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Calls many times, one call after another.</summary>
internal sealed class Caller(ulong number)
{
    private readonly byte[] _payload = new byte[sizeof(ulong)];
    private ulong _right;

    /// <summary>Gets or sets the coroutine that makes the calls.</summary>
    public CoroutineId Id { get; set; }

    /// <summary>Gets how many replies were right since the last time.</summary>
    public ulong TakeRight()
    {
        ulong right = _right;
        _right = 0;
        return right;
    }

    /// <summary>Makes the calls.</summary>
    public static async CoTask CallManyAsync(Caller caller)
    {
        for (ulong i = 0; i < PairLayout.CallsOfOne; i++)
        {
            ulong argument = (caller.Number << 32) + i;
            BinaryPrimitives.WriteUInt64LittleEndian(caller._payload, argument);
            using Response reply = await ReL4.Call(PairLayout.Endpoint, PairLabel.Invert, caller._payload);
            if (BinaryPrimitives.ReadUInt64LittleEndian(reply.Payload) == ~argument)
                caller._right++;
        }
    }

    private ulong Number => number;
}

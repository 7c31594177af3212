using System.Buffers.Binary;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Calls many times, one call after another, until one fails.</summary>
internal sealed class Caller(ulong number)
{
    private readonly byte[] _payload = new byte[sizeof(ulong)];

    /// <summary>Gets or sets the coroutine that makes the calls.</summary>
    public CoroutineId Id { get; set; }

    /// <summary>Gets how many replies were right in the last round.</summary>
    public ulong Right { get; private set; }

    /// <summary>Gets how the last call ended.</summary>
    public CompletionOutcome Outcome { get; private set; }

    /// <summary>Makes the calls.</summary>
    public static async CoTask CallManyAsync(Caller caller)
    {
        caller.Right = 0;
        for (ulong i = 0; i < Program.Calls; i++)
        {
            ulong argument = (caller.Number << 32) + i;
            BinaryPrimitives.WriteUInt64LittleEndian(caller._payload, argument);
            (caller.Outcome, IpcResponse reply) = await ReL4.Call(PairLayout.Endpoint, PairLabel.Invert, caller._payload).WithOutcome();
            if (caller.Outcome != CompletionOutcome.Succeeded)
                return;
            if (BinaryPrimitives.ReadUInt64LittleEndian(reply.Payload) == ~argument)
                caller.Right++;
            reply.Dispose();
        }
    }

    private ulong Number => number;
}

using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Calls until the store has ended, and remembers how the last call did.</summary>
/// <param name="number">Which caller it is, from 0: that one tells the root task when it is in the middle of things.</param>
internal sealed class Survivor(ulong number)
{
    private const ulong Middle = 100;

    private readonly byte[] _request = new byte[KvMessage.Longest];

    /// <summary>Gets whether the channel closed, and every reply until then was right.</summary>
    public bool HasSurvived { get; private set; }

    /// <summary>Makes the calls.</summary>
    public static async CoTask CallAsync(Survivor caller)
    {
        bool isRight = true;
        for (ulong i = 0; ; i++)
        {
            if (i == Middle && caller.Number == 0)
                RootTask.Tell(i);
            int bytes = Exchange.Write(caller._request, caller.Number, i, out ushort label);
            (CompletionOutcome outcome, IpcResponse reply) = await ReL4.Call(KvLayout.Endpoint, label, caller._request.AsMemory(0, bytes)).WithOutcome();
            if (outcome != CompletionOutcome.Succeeded)
            {
                caller.HasSurvived = isRight && i > 0 && outcome is (CompletionOutcome.Closed or CompletionOutcome.Failed);
                return;
            }

            isRight &= Exchange.IsRight(caller.Number, i, reply.Label, reply.Payload);
            reply.Dispose();
        }
    }

    private ulong Number => number;
}

using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Calls by the thread alone.</summary>
internal static class SynchronousCaller
{
    /// <summary>Calls each time the task is signalled, and tells how many replies were right and how long it took.</summary>
    public static void Call(KvLayout layout)
    {
        Span<byte> message = KvLayout.SynchronousMessage;
        while (true)
        {
            SeL4.Wait(BrokerLayout.Bell, out _);
            ulong right = 0, start = TaskCode.Timestamp();
            for (ulong i = 0; i < KvLayout.Calls; i++)
            {
                int bytes = Exchange.Write(message, 0, i, out ushort label);
                MessageInfo info = SeL4.Call(KvLayout.Endpoint, layout.Describe(label, bytes));
                right += Exchange.IsRight(0, i, info.Label, message.Slice(0, (int)info.Length * sizeof(ulong))) ? 1UL : 0;
            }

            RootTask.Tell(right, TaskCode.Timestamp() - start);
        }
    }
}

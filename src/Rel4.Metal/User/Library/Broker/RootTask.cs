using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Tells whoever composed the tasks something.</summary>
internal static class RootTask
{
    /// <summary>Tells four words. Blocks the thread until the root task hears it.</summary>
    public static void Tell(ulong word0, ulong word1 = 0, ulong word2 = 0, ulong word3 = 0) =>
        SeL4.SendWithMRs(BrokerLayout.Broker, new MessageInfo((ulong)BrokerLabel.Tell, 0, 0, 4), word0, word1, word2, word3);
}

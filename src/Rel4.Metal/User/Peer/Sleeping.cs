using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Does nothing.</summary>
internal static class Sleeping
{
    /// <summary>Waits for ever, and keeps what the task has.</summary>
    public static async CoTask ForEverAsync()
    {
        while (true)
            await ReL4.Wait(BrokerLayout.Bell);
    }
}

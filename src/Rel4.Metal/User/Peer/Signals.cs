using Rel4.Runtime;

namespace Rel4.Metal.User;

/// <summary>Signals another task, and is signalled.</summary>
internal static class Signals
{
    /// <summary>See <see cref="PairRole.Ping"/>.</summary>
    public static async CoTask PingAsync()
    {
        while (true)
        {
            await ReL4.Wait(BrokerLayout.Bell);
            for (int i = 0; i < Program.Count; i++)
            {
                ReL4.Signal(PairLayout.Other);
                await ReL4.Wait(BrokerLayout.Bell);
            }

            RootTask.Tell((ulong)Program.Count);
        }
    }

    /// <summary>See <see cref="PairRole.Pong"/>.</summary>
    public static async CoTask PongAsync()
    {
        while (true)
        {
            await ReL4.Wait(BrokerLayout.Bell);
            ReL4.Signal(PairLayout.Other);
        }
    }

    /// <summary>See <see cref="PairRole.Poll"/>.</summary>
    public static async CoTask PollAsync()
    {
        await ReL4.Wait(BrokerLayout.Bell);
        ulong bits = 0;
        for (int i = 0; i < Program.Count; i++)
        {
            ReL4.Signal(PairLayout.Other);
            ulong word;
            while ((word = ReL4.Poll(BrokerLayout.Bell)) == 0)
                SeL4.Yield();
            bits |= word;
        }

        RootTask.Tell(bits);
        await Sleeping.ForEverAsync();
    }
}

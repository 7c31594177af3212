using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds clients that attack by synchronous messages.</summary>
internal static class SynchronousAttacks
{
    private const int Threads = 24;
    private const int Senders = 4;

    private static readonly Order[] s_answered = [Order.Echo, Order.EchoInPlace, Order.Drop, Order.Checksum, Order.Badge, Order.Fill];

    /// <summary>Asks for a reply that no synchronous message holds.</summary>
    public static void AskForTooMuch() => ForEver(AsyncSystem.Endpoint, static endpoint => endpoint.Call((ulong)Order.Fill, 200_000));

    /// <summary>Calls from many threads.</summary>
    public static void CallFromManyThreads() => FromThreads(Threads, AsyncSystem.Endpoint, static endpoint => endpoint.Call((ulong)Order.Echo, 1));

    /// <summary>Sends from several threads.</summary>
    public static void SendFromManyThreads() => FromThreads(Senders, AsyncSystem.Endpoint, static endpoint => endpoint.Send((ulong)Order.Drop, 1, 2, 3, 4));

    /// <summary>Calls without the right to be replied to.</summary>
    public static void CallWithoutGrantReply() => FromThreads(
        Threads, new EndpointCap(MachineUser.Mint(AsyncSystem.Endpoint.CPtr, CapRights.Write)), static endpoint => endpoint.Call((ulong)Order.Echo, 1));

    /// <summary>Sends a capability with each call.</summary>
    public static void SendCapabilities()
    {
        ulong given = MachineUser.Make(ObjectType.Endpoint);
        ForEver(AsyncSystem.Endpoint, endpoint => endpoint.Call((ulong)Order.Echo, [1], [given]));
    }

    /// <summary>Calls with whatever comes to its mind.</summary>
    public static void CallAtRandom()
    {
        var random = new Random(4);
        ulong[] words = new ulong[Limits.MessageWords];
        ForEver(AsyncSystem.Endpoint, endpoint =>
        {
            ulong label = random.Next(2) == 0 ? (ulong)random.NextInt64(1L << 52) | 1 << 20 : (ulong)s_answered[random.Next(s_answered.Length)];
            endpoint.Call(label, words.AsSpan(0, random.Next(words.Length)));
        });
    }

    private static void FromThreads(int threads, EndpointCap endpoint, Action<EndpointCap> step)
    {
        for (int i = 1; i < threads; i++)
            MachineUser.Machine.StartThread(MachineUser.MakeThread(), $"attacks {i}", () => ForEver(endpoint, step));
        ForEver(endpoint, step);
    }

    private static void ForEver(EndpointCap endpoint, Action<EndpointCap> step)
    {
        HostileBoard.AwaitAttack();
        while (true)
        {
            HostileBoard.NoteStep();
            try
            {
                step(endpoint);
            }
            catch (ReplyAbandonedException)
            {
            }
        }
    }
}

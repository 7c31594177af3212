using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Rel4.Runtime;
using Rel4.Runtime.Channels;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Holds clients that are killed while memory is lent, and the server that has theirs and lent them its own.</summary>
internal static class LentDeathPrograms
{
    /// <summary>How often the victim is killed.</summary>
    public const int Deaths = 16;

    /// <summary>What is allocated at the first death, once for all, is no loss.</summary>
    private const int FirstDeaths = 2;

    /// <summary>What the next victim's opening takes meanwhile, and .NET. A channel of which nothing was given back takes two of each.</summary>
    private const int PassingMappings = 2, PassingDescriptors = 10;

    private const ulong Victim = 1;
    private const int Long = 400_000;

    private static readonly List<IpcRequest> s_kept = [];
    private static PeerShare? s_share;

    private enum Word : ushort
    {
        Keep,
        Fill,
        Echo,
        Deaths,
    }

    /// <summary>Keeps what the victim lends, lends it replies, and gives all up when its channel has ended.</summary>
    public static void Serve() => ReL4.Run(static async () =>
    {
        int deaths = 0;
        Executor.Current!.Spawn(WatchAsync);
        await foreach (IpcRequest request in AsyncSystem.Endpoint.ReceiveAllAsync())
        {
            switch ((Word)request.Label)
            {
                case Word.Keep:
                    s_kept.Add(request);
                    s_share = ShareOf(TaskRuntime.Current!.Channels.First(static channel => channel.Badge == Victim));
                    break;
                case Word.Fill:
                    await request.ReplyAsync(0, new byte[Long]);
                    break;
                case Word.Deaths:
                    await request.ReplyAsync(0, BitConverter.GetBytes(deaths));
                    break;
                default:
                    await request.ReplyAsync(0, request.Payload);
                    break;
            }
        }

        async ValueTask WatchAsync()
        {
            ProcessHoldings first = default;
            while (true)
            {
                await Executor.Current!.Delay(TimeSpan.FromMilliseconds(1));
                if (s_kept.Count == 0 || TaskRuntime.Current!.Channels.Any(static channel => channel.Badge == Victim))
                    continue;
                foreach (IpcRequest request in s_kept)
                {
                    if (request.Payload.ContainsAnyExcept((byte)7))
                        throw new InvalidOperationException("what was kept has changed");
                    request.Dispose();
                }

                s_kept.Clear();
                if (!s_share!.IsUnused || s_share.Spare != 0)
                    Console.WriteLine($"{s_share.Used} bytes and {s_share.Spare} spare ones are kept");
                ProcessHoldings now = ProcessHoldings.Measure();
                deaths++;
                if (deaths == FirstDeaths)
                    first = now;
                else if (deaths > FirstDeaths && (now.Mappings > first.Mappings + PassingMappings || now.Descriptors > first.Descriptors + PassingDescriptors))
                    Console.WriteLine($"{now} are held after {deaths} deaths, and {first} after {FirstDeaths}");
            }
        }
    });

    /// <summary>Lends the server memory, has some of the server's, and is killed.</summary>
    public static void Die() => ReL4.Run(static async () =>
    {
        byte[] payload = new byte[Long];
        payload.AsSpan().Fill(7);
        using IpcResponse first = await AsyncSystem.Endpoint.CallAsync((ushort)Word.Echo, payload);
        for (int i = 0; i < 2; i++)
            _ = AsyncSystem.Endpoint.CallAsync((ushort)Word.Keep, payload).AsTask();
        IpcResponse lent = await AsyncSystem.Endpoint.CallAsync((ushort)Word.Fill);
        if (StateOf(lent) != MessageState.Lent)
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"the reply is {StateOf(lent)}"));
        Process.GetCurrentProcess().Kill();
    });

    /// <summary>Calls until the victim has died often, and is served all the time.</summary>
    public static void GoOn() => ReL4.Run(static async () =>
    {
        byte[] payload = new byte[Long];
        for (int deaths = 0; deaths < Deaths;)
        {
            using (IpcResponse echo = await AsyncSystem.Endpoint.CallAsync((ushort)Word.Echo, payload))
            {
                if (echo.Length != Long)
                    throw new InvalidOperationException("the answer is another's");
            }

            using IpcResponse count = await AsyncSystem.Endpoint.CallAsync((ushort)Word.Deaths);
            deaths = BitConverter.ToInt32(count.Payload);
        }

        Console.WriteLine("was served");
    });

    private static MessageState StateOf(IpcResponse response) => UseOf(ref response).Handle.Message.State;

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_use")]
    private static extern ref MessageUse UseOf(ref IpcResponse response);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_share")]
    private static extern ref PeerShare ShareOf(ChannelSource channel);
}

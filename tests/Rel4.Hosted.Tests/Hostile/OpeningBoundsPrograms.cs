using System.Runtime.CompilerServices;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds a server that keeps requests, or ends with them, and its synchronous clients.</summary>
internal static class OpeningBoundsPrograms
{
    public const string Begun = "begun";

    private const ushort Keep = 9, Dropped = 10;

    /// <summary>More than the server's table of synchronous messages has.</summary>
    private const int Messages = 257;

    private const int WhoWait = 3;

    private static readonly List<IpcRequest> s_kept = [];

    /// <summary>Answers what has the label 0, and keeps the rest.</summary>
    public static void KeepSome() => ReL4.Run(async () =>
    {
        await foreach (IpcRequest request in AsyncSystem.Endpoint.ReceiveAllAsync())
        {
            if (request.Label == Keep)
                s_kept.Add(request);
            else if (request.Label == Dropped)
                await request.ReplyAsync(0, BitConverter.GetBytes(Metrics.Total("rel4.messages.dropped")));
            else
                await request.ReplyAsync(request.Label, request.Payload);
        }
    });

    /// <summary>Sends more than the server may keep, then looks whether it is heard itself.</summary>
    public static void TakeAllPlaces()
    {
        for (int i = 0; i < Messages; i++)
            AsyncSystem.Endpoint.Send(Keep, (ulong)i);
        Console.WriteLine($"itself {Ask()}");
        TaskContext.Notification(Begun).Signal();
    }

    /// <summary>Calls both ways when the places are taken.</summary>
    public static void CallBesides()
    {
        TaskContext.Notification(Begun).Wait();
        Console.WriteLine($"synchronously {AsyncSystem.Endpoint.Call(0, 7)[0]}");
        ReL4.Run(async () =>
        {
            using IpcResponse response = await AsyncSystem.Endpoint.CallAsync(0, new byte[] { 8 });
            using IpcResponse dropped = await AsyncSystem.Endpoint.CallAsync(Dropped);
            Console.WriteLine($"asynchronously {response.Payload[0]}, {BitConverter.ToInt64(dropped.Payload)} dropped");
        });
    }

    /// <summary>Takes one request of those that wait, ends its run with all of them, and lives on.</summary>
    public static void EndWithRequests()
    {
        ReL4.Run(async () =>
        {
            s_kept.Add(await AsyncSystem.Endpoint.ReceiveAsync());
            while (UnansweredOf(TaskRuntime.Current!.ListenerAt(AsyncSystem.Endpoint.CPtr)).Count < WhoWait)
                await Executor.Current!.Delay(TimeSpan.FromMilliseconds(1));
        });
        Thread.Sleep(Timeout.Infinite);
    }

    /// <summary>Calls who ends its run before it answers, and once more.</summary>
    public static void CallWhoEnds() => Console.WriteLine($"{Ask()}, then {Ask()}");

    private static string Ask()
    {
        try
        {
            AsyncSystem.Endpoint.Call(0);
            return "a reply";
        }
        catch (ReplyAbandonedException)
        {
            return "no reply";
        }
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_unanswered")]
    private static extern ref HashSet<SynchronousCall> UnansweredOf(Listener listener);
}

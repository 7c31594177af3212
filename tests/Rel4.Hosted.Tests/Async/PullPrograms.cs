using System.Diagnostics;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Holds servers that take requests late or slowly, and clients that flood them.</summary>
internal static class PullPrograms
{
    public const string Gate = "gate";
    public const int Sends = 2000;

    /// <summary>Takes one request, takes none until a notification, and then counts those that come in their order.</summary>
    public static void ReceiveLate() => ReL4.Run(static async () =>
    {
        (await AsyncSystem.Endpoint.ReceiveAsync()).Dispose();
        Console.WriteLine("first");
        await TaskContext.Notification(Gate).WaitAsync();
        for (int expected = 0; expected < Sends; expected++)
        {
            using IpcRequest request = await AsyncSystem.Endpoint.ReceiveAsync();
            if (BitConverter.ToInt32(request.Payload) != expected)
                throw new InvalidOperationException($"{BitConverter.ToInt32(request.Payload)} came for {expected}");
        }

        Console.WriteLine("all in order");
        Task<IpcRequest> none = AsyncSystem.Endpoint.ReceiveAsync().AsTask();
        while (Metrics.Total("rel4.channels") != 0 && !none.IsCompleted)
            await Executor.Current!.Delay(TimeSpan.FromMilliseconds(1));
        Console.WriteLine("no channel left");
        await none;
    });

    /// <summary>Sends, has the server go on, and exits.</summary>
    public static void SendAndExit() => ReL4.Run(SendAsync);

    /// <summary>Sends, has the server go on, and is gone at once.</summary>
    public static void SendAndDie() => ReL4.Run(static async () =>
    {
        await SendAsync();
        Process.GetCurrentProcess().Kill();
    });

    private static async ValueTask SendAsync()
    {
        await AsyncSystem.Endpoint.SendAsync(0);
        for (int i = 0; i < Sends; i++)
            await AsyncSystem.Endpoint.SendAsync(0, BitConverter.GetBytes(i));
        TaskContext.Notification(Gate).Signal();
    }

    /// <summary>Replies to calls, drops the rest, and has a tick beside that.</summary>
    public static void TickBeside() => ReL4.Run(static async () =>
    {
        Executor.Current!.Spawn(TickAsync);
        await foreach (IpcRequest request in AsyncSystem.Endpoint.ReceiveAllAsync())
        {
            if (request.Label == 0)
                await request.ReplyAsync(0);
            else
                request.Dispose();
        }

        static async ValueTask TickAsync()
        {
            while (true)
            {
                await Executor.Current!.Delay(TimeSpan.FromMilliseconds(50));
                Console.WriteLine("tick");
            }
        }
    });

    /// <summary>Sends without end.</summary>
    public static void Flood() => ReL4.Run(static async () =>
    {
        for (int i = 0; ; i++)
        {
            await AsyncSystem.Endpoint.SendAsync(1);
            if (i == 100_000)
                TaskContext.Notification(Gate).Signal();
        }
    });

    /// <summary>Calls a few times, from a channel and synchronously, once the flood has begun.</summary>
    public static void CallBeside() => ReL4.Run(static async () =>
    {
        await TaskContext.Notification(Gate).WaitAsync();
        for (int i = 0; i < 20; i++)
        {
            (await AsyncSystem.Endpoint.CallAsync(0)).Dispose();
            AsyncSystem.Endpoint.Call(0);
        }

        Console.WriteLine("answered");
    });
}

using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds a server whose handlers fail, and its client.</summary>
internal static class FailingPrograms
{
    /// <summary>So that a reply of as many waits until the client has read some of it.</summary>
    private const int LongerThanARing = 4 << 20;

    /// <summary>Hands each request to a coroutine of its own, which fails unless the label is 0; if it is 2, once it has replied.</summary>
    public static void Serve() => ReL4.Run(async () =>
    {
        Executor executor = Executor.Current!;
        await foreach (IpcRequest request in AsyncSystem.Endpoint.ReceiveAllAsync())
            executor.Spawn(static request => HandleAsync(request), request);
    });

    /// <summary>Calls asynchronously and synchronously, and says what came.</summary>
    public static void Call() => ReL4.Run(async () =>
    {
        foreach (ushort label in (ushort[])[0, 1, 2, 0])
            Console.WriteLine(await OutcomeAsync(label));
        try
        {
            Console.WriteLine($"answered {AsyncSystem.Endpoint.Call(1).Label}");
        }
        catch (ReplyAbandonedException)
        {
            Console.WriteLine("told");
        }
    });

    private static async ValueTask HandleAsync(IpcRequest request)
    {
        ushort label = request.Label;
        await Executor.Current!.Yield();
        if (label == 2)
            await request.ReplyAsync(9, request.Payload);
        if (label != 0)
            throw new FormatException("on purpose");
        await request.ReplyAsync(7);
    }

    private static async ValueTask<string> OutcomeAsync(ushort label)
    {
        try
        {
            using IpcResponse response = await AsyncSystem.Endpoint.CallAsync(label, new byte[LongerThanARing], TimeSpan.FromSeconds(20));
            return $"answered {response.Label}";
        }
        catch (Exception failure)
        {
            return failure is ReplyAbandonedException ? "told" : failure.GetType().Name;
        }
    }
}

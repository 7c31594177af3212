using Rel4.Hosted.Tests.Async;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Hostile;

/// <summary>Holds a server whose handlers fail, and its client.</summary>
internal static class FailingPrograms
{
    /// <summary>Hands each request to a coroutine of its own, which fails unless the label is 0.</summary>
    public static void Serve() => ReL4.Run(async () =>
    {
        Executor executor = Executor.Current!;
        await foreach (Request request in AsyncSystem.Endpoint.ReceiveAllAsync())
            executor.Spawn(static request => HandleAsync(request), request);
    });

    /// <summary>Calls asynchronously and synchronously, and says what came.</summary>
    public static void Call() => ReL4.Run(async () =>
    {
        for (int i = 0; i < 3; i++)
            Console.WriteLine(await OutcomeAsync((ushort)(i % 2)));
        try
        {
            Console.WriteLine($"answered {AsyncSystem.Endpoint.Call(1).Label}");
        }
        catch (ReplyAbandonedException)
        {
            Console.WriteLine("told");
        }
    });

    private static async ValueTask HandleAsync(Request request)
    {
        ushort label = request.Label;
        await Executor.Current!.Yield();
        if (label != 0)
            throw new FormatException("on purpose");
        await request.ReplyAsync(7);
    }

    private static async ValueTask<string> OutcomeAsync(ushort label)
    {
        try
        {
            using Response response = await AsyncSystem.Endpoint.CallAsync(label, default, TimeSpan.FromSeconds(20));
            return $"answered {response.Label}";
        }
        catch (Exception failure)
        {
            return failure is ReplyAbandonedException ? "told" : failure.GetType().Name;
        }
    }
}

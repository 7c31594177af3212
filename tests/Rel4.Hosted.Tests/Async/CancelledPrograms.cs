using System.Globalization;
using Rel4.Abi;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Waits for what doesn't come, and is cancelled, over and over.</summary>
internal static class CancelledPrograms
{
    private const int WarmUp = 1_000, Times = 50_000;

    // An entry of each of them is 16 bytes or more.
    private const long MostKept = 256 << 10;

    /// <summary>Receives one message, and nothing more.</summary>
    public static void StandStill() => ReL4.Run(static async () =>
    {
        (await AsyncSystem.Endpoint.ReceiveAsync()).Dispose();
        await Executor.Current!.Delay(Timeout.InfiniteTimeSpan);
    });

    /// <summary>Waits in each way that there is, and writes whether what that took is there no longer.</summary>
    public static void WaitInVain() => ReL4.Run(static async () =>
    {
        var nobodys = new EndpointCap(MachineUser.Make(ObjectType.Endpoint));
        var unopened = new EndpointCap(MachineUser.Make(ObjectType.Endpoint));
        var notification = new NotificationCap(MachineUser.Make(ObjectType.Notification));
        await MeasureAsync("receives", token => nobodys.ReceiveAsync(token).AsTask());
        await MeasureAsync("waits", token => notification.WaitAsync(token).AsTask());
        await MeasureAsync("calls without a channel", token => unopened.CallAsync(0, default, token).AsTask());

        await AsyncSystem.Endpoint.SendAsync(0);
        var fills = new byte[16 << 10];
        while (AsyncSystem.Endpoint.SendAsync(0, fills).AsTask().IsCompleted)
        {
        }

        await MeasureAsync("calls without room", static token => AsyncSystem.Endpoint.CallAsync(0, default, token).AsTask());
    });

    private static async Task MeasureAsync(string what, Func<CancellationToken, Task> begin)
    {
        await RepeatAsync(WarmUp, begin);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        await RepeatAsync(Times, begin);
        long kept = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine(kept < MostKept ? $"{what}: nothing" : string.Create(CultureInfo.InvariantCulture, $"{what}: {kept} bytes"));
    }

    private static async Task RepeatAsync(int times, Func<CancellationToken, Task> begin)
    {
        for (int i = 0; i < times; i++)
        {
            using var cancelled = new CancellationTokenSource();
            Task wait = begin(cancelled.Token);
            await cancelled.CancelAsync();
            await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (!wait.IsCanceled)
                throw new InvalidOperationException($"{wait.Status}");
        }
    }
}

using System.Globalization;
using System.Text;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Nats.Tests;

/// <summary>What tasks of the tests run.</summary>
internal static class Programs
{
    public const ushort Echo = 1, Who = 2, Hold = 3, Drop = 4, Count = 5, Note = 6, Big = 7, Die = 8;

    private static int s_sent, s_gone;

    /// <summary>Answers as the label says.</summary>
    public static void Serve() => ReL4.Run(async () =>
    {
        await foreach (IpcRequest request in TaskContext.Endpoint("requests").ReceiveAllAsync())
        {
            switch (request.Label)
            {
                case Who:
                    await request.ReplyAsync(Who, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{request.Badge} {Environment.ProcessId}")));
                    break;
                case Hold:
                    // For whoever goes: kept until the process ends.
                    request.CallerGone.Register(static () => Interlocked.Increment(ref s_gone));
                    s_held.Add(request);
                    break;
                case Drop:
                    request.Dispose();
                    break;
                case Note:
                    s_sent += request.Length;
                    request.Dispose();
                    break;
                case Count:
                    await request.ReplyAsync(Count, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{s_sent} {Volatile.Read(ref s_gone)}")));
                    break;
                case Big:
                    await request.ReplyAsync(Big, new byte[BitConverter.ToInt32(request.Payload)]);
                    break;
                case Die:
                    Environment.FailFast("as it was told");
                    break;
                default:
                    await request.ReplyAsync(request.Label, request.Payload);
                    break;
            }
        }
    });

    /// <summary>Is one client after another: each has a channel of its own.</summary>
    public static void ComeAndGo() => ReL4.Run(async () =>
    {
        EndpointCap store = TaskContext.Endpoint("store");
        for (int came = 0; came < 500;)
        {
            try
            {
                (await store.CallAsync(Echo, new byte[100])).Dispose();
                if (++came % 50 == 0)
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"came {came}"));
            }
            catch (Rel4Exception)
            {
                await Executor.Current!.Delay(TimeSpan.FromMilliseconds(20));
            }

            store.CloseChannel();
        }

        await Executor.Current!.Suspend();
    });

    /// <summary>Writes which bits were signalled.</summary>
    public static void Listen() => ReL4.Run(async () =>
    {
        NotificationCap bell = TaskContext.Notification("bell");
        while (true)
        {
            ulong bits = await bell.WaitAsync();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"bits {bits}"));
        }
    });

    private static readonly List<IpcRequest> s_held = [];
}

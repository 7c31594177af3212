using System.Text;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosted.Tests.Async;

/// <summary>Calls each member of the asynchronous interface, from a process of its own, and writes what came of it.</summary>
internal static class MemberPrograms
{
    private static readonly EndpointCap s_service = AsyncSystem.Endpoint;

    /// <summary>Uses what succeeds.</summary>
    public static void Succeed() => ReL4.Run(async () =>
    {
        await SayAsync("call", s_service.CallAsync(77, "hello"u8.ToArray()));
        await SayAsync("call with a time limit", s_service.CallAsync(0, "in time"u8.ToArray(), TimeSpan.FromSeconds(20)));
        await SayAsync("ReL4.Call", ReL4.Call(s_service.CPtr, (ushort)Order.EchoInPlace, "in place"u8.ToArray()));
        await SayAsync("written in place", s_service.CallAsync(0, 3, (byte)'x', static (place, x) => place.Fill(x)));
        await SayAsync("nothing", s_service.CallAsync(0));
        using (IpcResponse badge = await s_service.CallAsync((ushort)Order.Badge))
            Say("badge", BitConverter.ToUInt64(badge.Payload));
        await s_service.SendAsync((ushort)Order.Note, "one "u8.ToArray());
        await s_service.SendAsync((ushort)Order.Note, 4, "two ", static (place, text) => Encoding.UTF8.GetBytes(text, place));
        await ReL4.Send(s_service.CPtr, (ushort)Order.Note, "three"u8.ToArray());
        await SayAsync("sends", s_service.CallAsync((ushort)Order.Notes));
        ReceivedMessage answer = s_service.Call(0, 21);
        Say("synchronous call", $"{answer.Label} {answer[0]}");
        await Task.Run(FromPoolAsync);
    });

    /// <summary>Calls where no executor is.</summary>
    public static void OutsideOfExecutor()
    {
        FromPoolAsync().GetAwaiter().GetResult();
        Say("receive", Refusal(() => s_service.ReceiveAsync().AsTask().Wait()));
        Say("receive all", Refusal(() => s_service.ReceiveAllAsync()));
        Say("poll", Refusal(() => new NotificationCap(s_service.CPtr).PollUser()));
    }

    private static async Task FromPoolAsync()
    {
        await SayAsync("from the pool", s_service.CallAsync(0, "pool"u8.ToArray()));
        await SayAsync("written in place from the pool", s_service.CallAsync(0, 3, (byte)'y', static (place, y) => place.Fill(y)));
        await s_service.SendAsync((ushort)Order.Note, " four"u8.ToArray());
        await s_service.SendAsync((ushort)Order.Note, 1, (byte)'!', static (place, mark) => place.Fill(mark));
        await SayAsync("sends from the pool", s_service.CallAsync((ushort)Order.Notes));
        Task<IpcResponse>[] many = [.. Enumerable.Range(0, 200).Select(i => s_service.CallAsync(0, BitConverter.GetBytes(i)).AsTask())];
        int sum = 0;
        foreach (IpcResponse response in await Task.WhenAll(many))
        {
            sum += BitConverter.ToInt32(response.Payload);
            response.Dispose();
        }

        Say("200 at once from the pool", sum);
        using var soon = new CancellationTokenSource(50);
        Say("cancelled from the pool", await RefusalAsync(() => s_service.CallAsync((ushort)Order.Hold, default, soon.Token)));
        Say("time limit from the pool", await RefusalAsync(() => s_service.CallAsync((ushort)Order.Hold, default, TimeSpan.FromMilliseconds(50))));
        Say("dropped from the pool", await RefusalAsync(() => s_service.CallAsync((ushort)Order.Drop)));
    }

    /// <summary>Uses what is refused.</summary>
    public static void Refuse() => ReL4.Run(async () =>
    {
        var cancelled = new CancellationToken(canceled: true);
        Say("dropped", await RefusalAsync(() => s_service.CallAsync((ushort)Order.Drop)));
        Say("cancelled before", await RefusalAsync(() => s_service.CallAsync(0, default, cancelled)));
        Say("send cancelled before", (await RefusalAsync(() => s_service.SendAsync(0, default, cancelled))));
        using (var soon = new CancellationTokenSource(50))
            Say("cancelled", await RefusalAsync(() => s_service.CallAsync((ushort)Order.Hold, default, soon.Token)));
        Say("time limit", await RefusalAsync(() => s_service.CallAsync((ushort)Order.Hold, default, TimeSpan.FromMilliseconds(50))));
        Say("without Grant", await RefusalAsync(() => TaskContext.Endpoint("without-grant").CallAsync(0)));
        Say("without Write", await RefusalAsync(() => TaskContext.Endpoint("without-write").CallAsync(0)));
        Say("no capability", await RefusalAsync(() => new EndpointCap(999).CallAsync(0)));
        Say("no capability, send", await RefusalAsync(() => new EndpointCap(999).SendAsync(0)));
        Say("plain server", await RefusalAsync(() => TaskContext.Endpoint("plain").CallAsync(0)));
        Say("receiving without Read", await RefusalAsync(async () => (await s_service.ReceiveAsync()).Dispose()));
        Say("waiting without Read", await RefusalAsync(async () => _ = await TaskContext.Notification("write").WaitAsync()));
        Say("wait cancelled", await RefusalAsync(async () => _ = await TaskContext.Notification("read").WaitAsync(cancelled)));
        using (var soon = new CancellationTokenSource(50))
            Say("wait cancelled late", await RefusalAsync(async () => _ = await TaskContext.Notification("read").WaitAsync(soon.Token)));
        Say("poll", TaskContext.Notification("read").PollUser());
        Say("signalling without Write", Refusal(() => TaskContext.Notification("read").SignalUser()));
        Say("too large a reply to a synchronous call", Refusal(() => s_service.Call((ulong)Order.Fill, 100_000)));
        Say("a length below 0", await RefusalAsync(() => s_service.CallAsync(0, -1, 0, static (_, _) => { })));
        Say("longer than the server takes", await RefusalAsync(() => s_service.CallAsync(0, GC.AllocateUninitializedArray<byte>((1 << 30) + 1))));
        Say("no callback", await RefusalAsync(() => s_service.CallAsync<int>(0, 1, 0, null!)));
        Say("callback throws", await RefusalAsync(() => s_service.CallAsync(0, 1, 0, static (_, _) => throw new FormatException("on purpose"))));
        await SayAsync("all is well after", s_service.CallAsync(0, "well"u8.ToArray()));
    });

    /// <summary>Asks synchronously for more than such a caller takes.</summary>
    public static void AskForTooMuch() => Say("refused", Refusal(() => s_service.Call((ulong)Order.Fill, 100_000)));

    /// <summary>Does what newcomers do.</summary>
    public static void Misuse() => ReL4.Run(async () =>
    {
        Say("result", Refusal(() => Result(s_service.CallAsync((ushort)Order.Hold).AsValueTask()).Dispose()));
        Say("nobody receives", await RefusalAsync(() => TaskContext.Endpoint("unserved").CallAsync(0, default, TimeSpan.FromMilliseconds(50))));
        Say("from the pool", await Task.Run(() => Refusal(() => s_service.Call(0, 1))));
        Say("no such word", Refusal(() => _ = s_service.Call(0, 1)[1]));
        Say("too little memory", Refusal(() => ReL4.MemoryPerPeer = 5));
    });

    private static T Result<T>(ValueTask<T> task) => task.GetAwaiter().GetResult();

    /// <summary>Has its server killed and calls again.</summary>
    public static void OutliveServer() => ReL4.Run(async () =>
    {
        await SayAsync("first", s_service.CallAsync(0, "life 1"u8.ToArray()));
        var pending = new List<Task<string>>();
        for (int i = 0; i < 3000; i++)
            pending.Add(RefusalAsync(() => s_service.CallAsync((ushort)Order.Hold)).AsTask());
        pending.Add(RefusalAsync(() => s_service.CallAsync((ushort)Order.Exit)).AsTask());
        var failures = new HashSet<string>();
        foreach (Task<string> call in pending)
            failures.Add(await call);
        foreach (string failure in failures)
            Say("pending", failure);
        await SayAsync("second", s_service.CallAsync(0, "life 2"u8.ToArray()));
        // The server ends while a channel is being opened, or before.
        Say("exit", await RefusalAsync(() => s_service.CallAsync((ushort)Order.Exit)));
        await SayAsync("third", s_service.CallAsync(0, "life 3"u8.ToArray()));
    });

    /// <summary>Answers calls without knowing of channels.</summary>
    public static void PlainServer()
    {
        EndpointCap requests = AsyncSystem.Endpoint;
        requests.Receive();
        while (true)
            requests.ReplyReceive(5);
    }

    /// <summary>Calls a server that breaks the protocol.</summary>
    public static void CallWhoBreaks() => ReL4.Run(async () =>
    {
        await SayAsync("call", s_service.CallAsync(0, "hello"u8.ToArray()));
        try
        {
            using IpcResponse response = await s_service.CallAsync(1);
        }
        catch (ChannelEndedException closed)
        {
            Say("broken", $"{closed.Reason} {closed.Violation?.Field}");
        }
    });

    private static void Say(string what, object value) => Console.WriteLine($"{what}: {value}");

    private static async Task SayAsync(string what, ValueTask<IpcResponse> call)
    {
        using IpcResponse response = await call;
        Say(what, $"{response.Label} {response.Length} {Encoding.UTF8.GetString(response.Payload)}");
    }

    private static string Refusal(Action action)
    {
        try
        {
            action();
            return "succeeds";
        }
        catch (Exception failure)
        {
            return Describe(failure);
        }
    }

    private static ValueTask<string> RefusalAsync(Func<ValueTask<IpcResponse>> call) => RefusalAsync(async () => (await call()).Dispose());

    private static async ValueTask<string> RefusalAsync(Func<ValueTask> action)
    {
        try
        {
            await action();
            return "succeeds";
        }
        catch (Exception failure)
        {
            return Describe(failure);
        }
    }

    private static string Describe(Exception failure) => failure switch
    {
        // Some are its subclass.
        OperationCanceledException => "cancelled",
        ChannelEndedException closed => $"{nameof(ChannelEndedException)} {closed.Reason} [{closed.ErrorCode} '{closed.GrantedName}' {(closed.IsTransient ? "again" : "never")}]",
        Rel4Exception known => $"{failure.GetType().Name} [{known.ErrorCode} '{known.GrantedName}' {known.Label} {known.Limit} {(known.IsTransient ? "again" : "never")}] {failure.Message}",
        _ => $"{failure.GetType().Name} {failure.Message}",
    };
}

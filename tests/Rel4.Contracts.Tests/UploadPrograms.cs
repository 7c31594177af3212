using System.Runtime.CompilerServices;
using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>Clients that send streams.</summary>
internal static class UploadPrograms
{
    private static int s_made;
    private static int s_disposed;

    public static void Serve() => ReL4.Run(static () => UploadsContract.ServeAsync(
        ContractSystem.Endpoint, new Uploads(), new ContractServerOptions { Credit = 10, MaxLongCallsPerBadge = 2 }));

    public static void SendAll() => ReL4.Run(static () => SendAllAsync());

    public static void SendAllFromThePool() => Task.Run(static () => SendAllAsync().AsTask()).GetAwaiter().GetResult();

    public static void Fail() => ReL4.Run(static async () =>
    {
        IUploads uploads = UploadsContract.Connect(ContractSystem.Endpoint);
        Console.WriteLine(await uploads.TellAsync(NumbersAsync(4, new ContractException(7, "no more"))));
        Console.WriteLine(await uploads.TellAsync(NumbersAsync(4, new InvalidOperationException("secret"))));
        await UnaryPrograms.TellAsync(SumAsync(new ContractException(7, "no more")));
        try
        {
            await SumAsync(new InvalidOperationException("my own"));
        }
        catch (InvalidOperationException own)
        {
            Console.WriteLine(own.Message);
        }

        try
        {
            await foreach (string sum in uploads.AddAsync(NumbersAsync(3, new InvalidOperationException("left")), "", NumbersAsync(9)))
                Console.WriteLine(sum);
        }
        catch (InvalidOperationException own)
        {
            Console.WriteLine(own.Message);
        }

        async ValueTask SumAsync(Exception failure) => await uploads.SumAsync(1, NumbersAsync(4, failure));
    });

    /// <summary>Sends to a server that reads a little, waits, and then reads no more.</summary>
    public static void SendTooMuch() => ReL4.Run(static async () =>
    {
        IUploads uploads = UploadsContract.Connect(ContractSystem.Endpoint);
        Task take = uploads.TakeAsync(5, NumbersAsync(int.MaxValue)).AsTask();
        await UntilAsync(async () => (await uploads.StateAsync())[1] == 5);
        for (int i = 0; i < 100; i++)
            await uploads.StateAsync();
        // The batch that is gone through, the one that waits, and the item that begins the next.
        Console.WriteLine(s_made is >= 10 and <= 21 ? "within the credit" : $"{s_made} made");
        await uploads.GoOnAsync();
        await UntilAsync(() => new(s_disposed == 1));
        Console.WriteLine($"disposed of, and the call is {(take.IsCompleted ? "over" : "under way")}");
        await uploads.GoOnAsync();
        await take;
    });

    public static void Cancel() => ReL4.Run(static async () =>
    {
        IUploads uploads = UploadsContract.Connect(ContractSystem.Endpoint);
        using var cancel = new CancellationTokenSource();
        // One whose server waits, and one whose client does.
        ValueTask take = uploads.TakeAsync(5, NumbersAsync(int.MaxValue), cancel.Token);
        ValueTask<long> sum = uploads.SumAsync(1, SilenceAsync(), cancel.Token);
        await UntilAsync(async () => (await uploads.StateAsync())[1] == 5);
        await cancel.CancelAsync();
        await UnaryPrograms.TellAsync(take);
        await UnaryPrograms.TellAsync(WithoutResultAsync(sum));
        await UntilAsync(() => new(s_disposed == 2));
        await UntilAsync(async () => (await uploads.StateAsync())[0] == 1);
        Console.WriteLine("both have ended");
        // What was counted is counted no more.
        Console.WriteLine(await uploads.SumAsync(1, NumbersAsync(3)));
        Task[] many = [.. Enumerable.Range(0, 2).Select(_ => uploads.TakeAsync(5, SilenceAsync(), default).AsTask())];
        await UnaryPrograms.TellAsync(WithoutResultAsync(uploads.SumAsync(1, NumbersAsync(3))));
    });

    /// <summary>Sends until it, or the server, is killed.</summary>
    public static void SendForEver() => ReL4.Run(static async () =>
    {
        IUploads uploads = UploadsContract.Connect(ContractSystem.Endpoint);
        Task take = uploads.TakeAsync(5, NumbersAsync(int.MaxValue)).AsTask();
        await UntilAsync(async () => (await uploads.StateAsync())[1] == 5);
        Console.WriteLine("sends");
        try
        {
            await take;
        }
        catch (ChannelEndedException)
        {
            await UntilAsync(() => new(s_disposed == 1));
            Console.WriteLine("ended");
        }
    });

    public static void AwaitEnd() => ReL4.Run(static async () =>
    {
        IUploads uploads = UploadsContract.Connect(ContractSystem.Endpoint);
        await UntilAsync(async () => (await uploads.StateAsync())[0] == 1);
        Console.WriteLine("its stream has ended");
    });

    private static async ValueTask SendAllAsync()
    {
        IUploads uploads = UploadsContract.Connect(ContractSystem.Endpoint);
        foreach (int count in (int[])[0, 1, 10, 11, 5_000])
            Console.WriteLine(await uploads.SumAsync(2, NumbersAsync(count)));
        string last = "";
        await foreach (string sum in uploads.AddAsync(NumbersAsync(1_000), "a", NumbersAsync(999)))
            last = $"{last[(last.Length / 2)..]} {sum}";
        Console.WriteLine(last[^9..]);
        try
        {
            await uploads.SumAsync(1, null!);
        }
        catch (ArgumentNullException)
        {
            Console.WriteLine("no stream");
        }
    }

    private static async IAsyncEnumerable<int> NumbersAsync(int count, Exception? failure = null, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        try
        {
            for (int i = 0; i < count; i++)
            {
                // Some items are there at once, and others are waited for.
                if (i % 50 == 49)
                    await Task.Yield();
                cancel.ThrowIfCancellationRequested();
                s_made = i + 1;
                yield return i;
            }

            if (failure is not null)
                throw failure;
        }
        finally
        {
            s_disposed++;
        }
    }

    /// <summary>Has no item until it is cancelled.</summary>
    private static async IAsyncEnumerable<int> SilenceAsync([EnumeratorCancellation] CancellationToken cancel = default)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
            yield return 0;
        }
        finally
        {
            s_disposed++;
        }
    }

    private static async ValueTask WithoutResultAsync(ValueTask<long> call) => await call;

    private static async ValueTask UntilAsync(Func<ValueTask<bool>> holds)
    {
        while (!await holds())
            await Task.Delay(1);
    }
}

using Rel4.Runtime;

namespace Rel4.Contracts.Tests;

/// <summary>Clients and servers of unary calls.</summary>
internal static class UnaryPrograms
{
    public static void Serve() => ReL4.Run(static () => CalculatorContract.ServeAsync(ContractSystem.Endpoint, new Calculator()));

    public static void ServeWithDetails() => ReL4.Run(static () => CalculatorContract.ServeAsync(
        ContractSystem.Endpoint,
        new Calculator(),
        new ContractServerOptions { TellsDetails = true, MaxCallsPerBadge = 3, Failed = static failure => Console.WriteLine($"log: {failure.Exception.Message}") }));

    public static void Call() => ReL4.Run(static () => CallAsync());

    public static void CallFromThePool() => Task.Run(static () => CallAsync().AsTask()).GetAwaiter().GetResult();

    public static void CallInVain() => ReL4.Run(static async () =>
    {
        ICalculator calculator = CalculatorContract.Connect(ContractSystem.Endpoint);
        for (int how = 1; how <= 3; how++)
        {
            await TellAsync(calculator.FailAsync(how));
            await TellAsync(calculator.FailAsync(-how));
        }
    });

    public static void Cancel() => ReL4.Run(static () => CancelAsync());

    public static void CancelFromThePool() => Task.Run(static () => CancelAsync().AsTask()).GetAwaiter().GetResult();

    public static void RunLate() => ReL4.Run(static async () =>
    {
        ICalculator hurried = CalculatorContract.Connect(ContractSystem.Endpoint, new ContractClientOptions { Timeout = TimeSpan.FromMilliseconds(100) });
        // Opens the channel, which takes as long as it takes the server to start.
        Console.WriteLine(await CalculatorContract.Connect(ContractSystem.Endpoint).AddAsync(1, 2));
        await TellAsync(hurried.WaitAsync(CancellationToken.None));
        await CancelledAsync(CalculatorContract.Connect(ContractSystem.Endpoint), 1);
    });

    public static void CallTooOften() => ReL4.Run(static async () =>
    {
        ICalculator calculator = CalculatorContract.Connect(ContractSystem.Endpoint);
        using var cancel = new CancellationTokenSource();
        Task[] waits = [.. Enumerable.Range(0, 3).Select(_ => calculator.WaitAsync(cancel.Token).AsTask())];
        await TellAsync(calculator.WaitAsync(cancel.Token));
        await cancel.CancelAsync();
        foreach (Task wait in waits)
            await wait.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        await CancelledAsync(calculator, 3);
        Console.WriteLine(await calculator.AddAsync(3, 4));
    });

    /// <summary>Waits in a method until it is killed.</summary>
    public static void WaitForEver() => ReL4.Run(static async () =>
    {
        ICalculator calculator = CalculatorContract.Connect(ContractSystem.Endpoint);
        Task wait = calculator.WaitAsync(CancellationToken.None).AsTask();
        await calculator.AddAsync(0, 0);
        Console.WriteLine("waits");
        await wait;
    });

    public static void AwaitCancelled() => ReL4.Run(static async () => await CancelledAsync(CalculatorContract.Connect(ContractSystem.Endpoint), 1));

    private static async ValueTask CallAsync()
    {
        ICalculator calculator = CalculatorContract.Connect(ContractSystem.Endpoint);
        Console.WriteLine(await calculator.AddAsync(40, 2));
        Console.WriteLine(await calculator.JoinAsync(["a", "b"], null, Guid.Empty, DayOfWeek.Friday, 1.5));
        Console.WriteLine(await calculator.JoinAsync([], "é", Guid.Empty, DayOfWeek.Sunday, null));
        Console.WriteLine((await calculator.EchoAsync(new byte[20 << 20])).Length);
        Console.WriteLine(await calculator.SumAsync([1, 2, 3], 4));
    }

    private static async ValueTask CancelAsync()
    {
        ICalculator calculator = CalculatorContract.Connect(ContractSystem.Endpoint);
        using var cancel = new CancellationTokenSource();
        ValueTask wait = calculator.WaitAsync(cancel.Token);
        Console.WriteLine(await calculator.CancelledAsync());
        await cancel.CancelAsync();
        await TellAsync(wait);
        await CancelledAsync(calculator, 1);
    }

    /// <summary>Waits until so many calls were cancelled at the server.</summary>
    private static async ValueTask CancelledAsync(ICalculator calculator, int count)
    {
        for (int cancelled = 0; cancelled != count;)
        {
            try
            {
                cancelled = await calculator.CancelledAsync();
            }
            catch (ContractRefusedException refused) when (refused.Reason == ContractRefusal.TooMany)
            {
                // As long as those that are to be cancelled are under way.
            }

            await Task.Delay(1);
        }

        Console.WriteLine($"{count} cancelled");
    }

    internal static async ValueTask TellAsync(ValueTask call)
    {
        try
        {
            await call;
            Console.WriteLine("done");
        }
        catch (ContractRefusedException refused)
        {
            Console.WriteLine($"refused: {refused.Reason} {refused.ContractCode} {refused.ErrorCode}");
        }
        catch (ContractFailedException failed)
        {
            Console.WriteLine($"failed: {failed.Message}");
        }
        catch (ContractException error)
        {
            Console.WriteLine($"{error.ContractCode}{(error.GrantedName is null ? " of nobody" : "")}: {error.Message}");
        }
        catch (Exception other) when (other is OperationCanceledException or TimeoutException)
        {
            // Whether this side or the server's saw it first: it says through which grant, and how long.
            Console.WriteLine(other is TimeoutException ? other.Message.Contains(" through endpoint '", StringComparison.Ordinal) && other.Message.Contains(" s", StringComparison.Ordinal) ? "late" : other.Message : "cancelled");
        }
    }
}

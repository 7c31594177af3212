using Rel4.Hosted.Composition;
using Rel4.Runtime;

namespace Rel4.Hosting.Tests;

/// <summary>Serves and uses <see cref="IGreeter"/>.</summary>
internal static class Greeters
{
    /// <summary>Serves 'requests'.</summary>
    public static void Serve() => ReL4.Run(() => GreeterContract.ServeAsync(TaskContext.Endpoint("requests"), new Greeter("task")));

    /// <summary>Calls 'greeter' and shows the answer.</summary>
    public static void Call() => ReL4.Run(async () => Console.WriteLine(await GreeterContract.Connect(TaskContext.Endpoint("greeter")).GreetAsync("task")));

    /// <summary>Greets in somebody's name.</summary>
    public sealed class Greeter(string who) : IGreeter
    {
        public ValueTask<string> GreetAsync(string name, CancellationToken cancel) => ValueTask.FromResult($"{who} greets {name}");
    }
}

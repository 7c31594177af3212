using System.Diagnostics;
using System.Globalization;
using Rel4.Abi;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Runtime;

// With the plug-in's path the host; as 'asker' its own task.
if (args is ["asker"])
{
    ReL4.Run(AskAsync);
    return 0;
}

return await HostAsync(args[0]);

static async Task<int> HostAsync(string plugin)
{
    try
    {
        new SystemBuilder().AddTask("method", Nothing);
    }
    catch (NotSupportedException refusal)
    {
        Console.WriteLine($"a method: {refusal.Message}");
    }

    var builder = new SystemBuilder();
    EndpointDefinition sums = builder.AddEndpoint("sums");
    builder.AddTask("adder", plugin).Grant("requests", sums, CapRights.Read | CapRights.Grant);
    builder.AddTask("asker", Environment.ProcessPath!, "asker").Grant("adder", sums, CapRights.Write | CapRights.Grant, badge: 7);
    await using RunningSystem system = await builder.StartAsync();
    RunningTask asker = system["asker"];
    await asker.Completion;
    return asker.State == TaskState.Stopped ? 0 : 1;
}

static void Nothing()
{
}

static async ValueTask AskAsync()
{
    ISums adder = SumsContract.Connect(TaskContext.Endpoint("adder"));
    int sum = await adder.AddAsync(40, 2);
    using Process self = Process.GetCurrentProcess();
    double started = (DateTime.Now - self.StartTime).TotalMilliseconds, memory = self.WorkingSet64 / 1048576.0;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"40 + 2 = {sum}, {started:0} ms after the start, in {memory:0.0} MiB"));
    Console.WriteLine($"the plug-in is {await adder.AssembliesAsync()}");
}

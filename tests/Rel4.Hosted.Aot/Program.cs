using System.Diagnostics;
using System.Globalization;
using Rel4.Abi;
using Rel4.Contracts;
using Rel4.Contracts.MessagePack;
using Rel4.Hosted.Aot;
using Rel4.Hosted.Composition;
using Rel4.Hosted.Supervision;
using Rel4.Runtime;

// With the plug-in's path the host; by their names its own tasks.
switch (args)
{
    case ["orders"]:
        ReL4.Run(ServeAsync);
        return 0;
    case ["asker"]:
        ReL4.Run(AskAsync);
        return 0;
    default:
        return await HostAsync(args[0]);
}

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

    string program = Environment.ProcessPath!;
    var builder = new SystemBuilder();
    EndpointDefinition sums = builder.AddEndpoint("sums"), orders = builder.AddEndpoint("orders");
    builder.AddTask("adder", plugin).Grant("requests", sums, CapRights.Read | CapRights.Grant);
    builder.AddTask("orders", program, "orders").Grant("orders", orders, CapRights.Read | CapRights.Grant);
    builder.AddTask("asker", program, "asker")
        .Grant("adder", sums, CapRights.Write | CapRights.Grant, badge: 7).Grant("orders", orders, CapRights.Write | CapRights.Grant);
    await using RunningSystem system = await builder.StartAsync();
    RunningTask asker = system["asker"];
    await asker.Completion;
    return asker.State == TaskState.Stopped ? 0 : 1;
}

static void Nothing()
{
}

static async ValueTask ServeAsync()
{
    using var end = new CancellationTokenSource();
    try
    {
        await OrdersContract.ServeAsync(
            TaskContext.Endpoint("orders"), new Orders(end), new ContractServerOptions { Serializer = new MessagePackContractSerializer(Shapes.GeneratedTypeShapeProvider) }, end.Token);
    }
    catch (OperationCanceledException)
    {
    }
}

static async ValueTask AskAsync()
{
    ISums adder = SumsContract.Connect(TaskContext.Endpoint("adder"));
    int sum = await adder.AddAsync(40, 2);
    using Process self = Process.GetCurrentProcess();
    double started = (DateTime.Now - self.StartTime).TotalMilliseconds, memory = self.WorkingSet64 / 1048576.0;
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"40 + 2 = {sum}, {started:0} ms after the start, in {memory:0.0} MiB"));
    Console.WriteLine($"the plug-in is {await adder.AssembliesAsync()}");
    IOrders orders = OrdersContract.Connect(
        TaskContext.Endpoint("orders"), new ContractClientOptions { Serializer = new MessagePackContractSerializer(Shapes.GeneratedTypeShapeProvider) });
    Order order = await orders.TurnAsync(new Order("tea", [new Order("leaf", []), new Order("water", [])]), new Bell());
    Console.WriteLine($"turned: {string.Join(' ', order.Parts.Select(part => part.Item))}");
    int doubled = 0;
    await foreach (int value in orders.DoubleAsync(Enumerable.Range(0, 1000).ToAsyncEnumerable()))
        doubled += value;
    Console.WriteLine($"doubled: {doubled}");
    await orders.EndAsync();
}

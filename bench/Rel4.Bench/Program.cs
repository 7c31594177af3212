using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Rel4.Bench.Channels;
using Rel4.Bench.Contracts;

if (args is ["channels"])
{
    ChannelBenchmark.Run();
    return;
}

if (args is ["serializers"])
{
    SerializerBenchmark.Run();
    return;
}

if (args is [SerializerBenchmark.ReadDeep, string name])
{
    Environment.ExitCode = SerializerBenchmark.RunDeep(name);
    return;
}

// In this process: the benchmarks reach the kernel's internals, and a generated project would not be a friend of it.
IConfig config = DefaultConfig.Instance.AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance));
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);

using Rel4.Contracts;

namespace Rel4.Ipc.Bench.Tasks;

/// <summary>What a typed call costs is measured with: eight bytes each way.</summary>
[Contract]
internal interface IEcho
{
    ValueTask<long> EchoAsync(long value, CancellationToken cancel = default);
}

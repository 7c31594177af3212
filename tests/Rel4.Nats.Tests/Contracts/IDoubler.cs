using Rel4.Contracts;

namespace Rel4.Nats.Tests;

/// <summary>A callback.</summary>
[Contract]
public interface IDoubler
{
    ValueTask<int> DoubleAsync(int value);
}

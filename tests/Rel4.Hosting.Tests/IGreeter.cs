using Rel4.Contracts;

namespace Rel4.Hosting.Tests;

/// <summary>A contract for clients and servers from DI.</summary>
[Contract]
public interface IGreeter
{
    /// <summary>Greets somebody.</summary>
    ValueTask<string> GreetAsync(string name, CancellationToken cancel = default);
}

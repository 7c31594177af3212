using Rel4.Contracts;

namespace Rel4.Testing.Tests;

/// <summary>The callback of <see cref="ITips"/>.</summary>
[Contract]
internal interface ITipped
{
    ValueTask SayAsync(int value);
}
